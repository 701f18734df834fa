"""`python -m nasbench_pytorch.cli`: the same command where no script is installed (torchrun needs a module)."""

import sys

from nasbench_pytorch.cli import main

sys.exit(main())
