from nasbench_pytorch.datasets.augmentation import Normalisation as Normalisation
from nasbench_pytorch.datasets.batches import TrainingBatches as TrainingBatches
from nasbench_pytorch.datasets.batches import evaluation_batches as evaluation_batches
from nasbench_pytorch.datasets.cifar10 import load_cifar10 as load_cifar10
from nasbench_pytorch.datasets.cifar10 import prepare_dataset as prepare_dataset
from nasbench_pytorch.datasets.digits import load_digits as load_digits
from nasbench_pytorch.datasets.images import ImageData as ImageData
from nasbench_pytorch.datasets.images import ImageSet as ImageSet
