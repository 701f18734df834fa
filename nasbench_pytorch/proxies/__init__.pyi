from nasbench_pytorch.proxies.batch import Batch as Batch
from nasbench_pytorch.proxies.batch import draw_batch as draw_batch
from nasbench_pytorch.proxies.one_network import score_network as score_network
from nasbench_pytorch.proxies.proxy import Proxy as Proxy
from nasbench_pytorch.proxies.registry import PROXIES as PROXIES
from nasbench_pytorch.proxies.registry import register_proxy as register_proxy
