"""Train the Inception-like cell, with the flags of nasbench-pytorch 1.3.1; see `python main.py --help`."""

import sys

from nasbench_pytorch.legacy.main import main

if __name__ == "__main__":
    sys.exit(main())
