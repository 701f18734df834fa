"""`python -m nasbench_pytorch.cli`: the command `nasbench` as a module, which torchrun needs."""

import sys

from nasbench_pytorch.cli import main

sys.exit(main())
