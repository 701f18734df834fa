from nasbench_pytorch.explorer.server.app import create_app as create_app
from nasbench_pytorch.explorer.server.run import serve_explorer as serve_explorer
from nasbench_pytorch.explorer.views.comparison_view import TableComparison as TableComparison
from nasbench_pytorch.explorer.views.explored_table import ExploredTable as ExploredTable
from nasbench_pytorch.explorer.views.searches import Searches as Searches
