"""Encodings A, B and C as ConfigSpace spaces, and the cells that their configurations decode to."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from nasbench_pytorch.errors import MissingExtraError
from nasbench_pytorch.search.encoded_parameters import Categorical, Integer, Parameter, parameter_encoding

try:
    import ConfigSpace
except ModuleNotFoundError:
    raise MissingExtraError("ConfigSpace", "smac") from None

if TYPE_CHECKING:
    from ConfigSpace import Configuration, ConfigurationSpace
    from ConfigSpace.hyperparameters import Hyperparameter

    from nasbench_pytorch.space.spec import ModelSpec


def configspace_a(seed: int | None = None) -> ConfigurationSpace:
    """Return encoding A: 21 binary edges and 5 operations, 26 categorical parameters.

    Args:
        seed: seed of the space's own generator; None for a random one.

    Raises:
        MissingExtraError: ConfigSpace is not installed.

    Source: NASCifar10A of automl/nas_benchmarks, `tabular_benchmarks/nas_cifar10.py`, with the same names.
    """
    return encoding_space("a", seed)


def configspace_b(seed: int | None = None) -> ConfigurationSpace:
    """Return encoding B: 9 parameters that each name one of 21 edges, and 5 operations, all categorical.

    Args:
        seed: see `configspace_a`.

    Source: NASCifar10B; see `configspace_a`.
    """
    return encoding_space("b", seed)


def configspace_c(seed: int | None = None) -> ConfigurationSpace:
    """Return encoding C: a real number for each of 21 edges, the number of edges to take, and 5 operations.

    The edges with the largest numbers are taken.

    Args:
        seed: see `configspace_a`.

    Source: NASCifar10C; see `configspace_a`.
    """
    return encoding_space("c", seed)


def encoding_space(encoding: str, seed: int | None = None) -> ConfigurationSpace:
    """Return the ConfigSpace of an encoding, `a`, `b` or `c`.

    Raises:
        InputError: there is no such encoding.
    """
    space = ConfigSpace.ConfigurationSpace(seed=seed)
    space.add([_hyperparameter(parameter) for parameter in parameter_encoding(encoding).parameters])
    return space


def cell_of_configuration(encoding: str, configuration: Configuration | Mapping[str, Any]) -> ModelSpec | None:
    """Return the cell that a configuration decodes to, or None if it is invalid by the rules of nas_benchmarks.

    Args:
        encoding: `a`, `b` or `c`.
        configuration: a configuration of the encoding's space, or a dict with its values.

    Raises:
        InputError: there is no such encoding, or a parameter is missing or out of its domain.
    """
    return parameter_encoding(encoding).cell(dict(configuration))


def _hyperparameter(parameter: Parameter) -> Hyperparameter[Any, Any]:
    if isinstance(parameter, Categorical):
        return ConfigSpace.CategoricalHyperparameter(parameter.name, list(parameter.values))
    if isinstance(parameter, Integer):
        return ConfigSpace.UniformIntegerHyperparameter(parameter.name, parameter.low, parameter.high)
    return ConfigSpace.UniformFloatHyperparameter(parameter.name, parameter.low, parameter.high)
