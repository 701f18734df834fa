"""Short names of operations, as filters take them."""

from __future__ import annotations

from nasbench_pytorch.space.operations import CANONICAL_OPERATIONS, OPERATION_COSTS


def full_operation_name(name: str) -> str:
    """Return the operation that a name or its beginning stands for: `conv3x3-bn-relu` for `conv3x3`.

    The operations of NAS-Bench-101 come first. A name that is unknown, or begins several others, is returned as it
    is, for whoever uses it to refuse.
    """
    if name in OPERATION_COSTS or not name:
        return name
    for known in (CANONICAL_OPERATIONS, OPERATION_COSTS):
        matches = [operation for operation in known if operation.startswith(name)]
        if len(matches) == 1:
            return matches[0]
    return name
