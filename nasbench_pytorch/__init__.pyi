from nasbench_pytorch import api as api
from nasbench_pytorch import campaign as campaign
from nasbench_pytorch import datasets as datasets
from nasbench_pytorch import model as model
from nasbench_pytorch import space as space
from nasbench_pytorch import table as table
from nasbench_pytorch import training as training
from nasbench_pytorch.campaign.run import run_campaign as run_campaign
from nasbench_pytorch.errors import InputError as InputError
from nasbench_pytorch.model.network import Network as Network
from nasbench_pytorch.space.enumerate import cell_by_hash as cell_by_hash
from nasbench_pytorch.space.enumerate import enumerate_cells as enumerate_cells
from nasbench_pytorch.space.presets import named_cell as named_cell
from nasbench_pytorch.space.skeleton import Skeleton as Skeleton
from nasbench_pytorch.space.spec import ModelSpec as ModelSpec
from nasbench_pytorch.table.builder import TableBuilder as TableBuilder
from nasbench_pytorch.table.nasbench import NASBench as NASBench
from nasbench_pytorch.training.loop.data import load_data as load_data
from nasbench_pytorch.training.output.run_folder import load_run as load_run
from nasbench_pytorch.training.recipe import PRESETS as PRESETS
from nasbench_pytorch.training.recipe import Recipe as Recipe
from nasbench_pytorch.training.run import run_training as run_training

__version__: str
