"""`python -m nasbench_pytorch`: the command `nasbench` as a module."""

import sys

from nasbench_pytorch.cli import main

if __name__ == "__main__":
    sys.exit(main())
