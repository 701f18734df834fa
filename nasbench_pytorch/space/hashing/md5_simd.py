"""MD5 of 16 messages at once, in vector instructions. Needs numba; import this module only where its speed pays.

One MD5 block is 64 steps that depend on each other, so a processor spends most of a block waiting. Sixteen lanes, one
message each, take the same time as one: the vertices of two cells are hashed in the time of one vertex. The steps are
emitted as LLVM vector code, because the auto-vectoriser does not vectorise them reliably; LLVM splits the vectors for
processors with shorter ones.

Source: RFC 1321.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, cast

from llvmlite import ir  # type: ignore[import-untyped]
from numba import types
from numba.extending import intrinsic

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Words = npt.NDArray[np.uint32]

LANES = 16

INITIAL_STATE = (0x67452301, 0xEFCDAB89, 0x98BADCFE, 0x10325476)

_ROTATIONS = ((7, 12, 17, 22), (5, 9, 14, 20), (4, 11, 16, 23), (6, 10, 15, 21))
_WORD_STRIDES = ((1, 0), (5, 1), (3, 5), (7, 0))  # in round r, step i takes word (stride·i + start) mod 16

_VECTOR = ir.VectorType(ir.IntType(32), LANES)


def _constant(value: int) -> ir.Constant:
    return ir.Constant(_VECTOR, [value] * LANES)


def _mix(builder: Any, round_: int, b: Any, c: Any, d: Any) -> Any:
    """Emit the round's bitwise function: F, G, H, I of the RFC, the first two in the form without a complement."""
    if round_ == 0:
        return builder.xor(d, builder.and_(b, builder.xor(c, d)))
    if round_ == 1:
        return builder.xor(c, builder.and_(d, builder.xor(b, c)))
    if round_ == 2:
        return builder.xor(b, builder.xor(c, d))
    return builder.xor(c, builder.or_(b, builder.not_(d)))


def _emit_block(builder: Any, state: list[Any], words: list[Any]) -> list[Any]:
    """Emit the 64 steps and the final addition; return the new state."""
    a, b, c, d = state
    for step in range(64):
        round_ = step // 16
        stride, start = _WORD_STRIDES[round_]
        constant = _constant(int(abs(math.sin(step + 1)) * 2**32))
        total = builder.add(builder.add(a, words[(stride * step + start) % 16]), constant)
        total = builder.add(total, _mix(builder, round_, b, c, d))
        turn = _ROTATIONS[round_][step % 4]
        rotated = builder.or_(builder.shl(total, _constant(turn)), builder.lshr(total, _constant(32 - turn)))
        a, b, c, d = d, builder.add(b, rotated), b, c
    return [builder.add(old, new) for old, new in zip(state, (a, b, c, d), strict=True)]


@intrinsic
def _compress(typing_context: Any, state: Any, message: Any, block: Any) -> Any:  # noqa: ARG001 - numba's protocol
    """Generate the code of `compress`."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        def vectors(position: int, first: Any, count: int) -> list[Any]:
            array_type = signature.args[position]
            data = context.make_array(array_type)(context, builder, arguments[position]).data
            base = builder.bitcast(data, _VECTOR.as_pointer())
            offsets = (builder.add(first, ir.Constant(ir.IntType(64), index)) for index in range(count))
            return [builder.gep(base, [offset], source_etype=_VECTOR) for offset in offsets]

        zero = ir.Constant(ir.IntType(64), 0)
        states = vectors(0, zero, 4)
        words = vectors(1, builder.mul(arguments[2], ir.Constant(ir.IntType(64), 16)), 16)
        old = [builder.load(pointer, align=4, typ=_VECTOR) for pointer in states]
        loaded = [builder.load(pointer, align=4, typ=_VECTOR) for pointer in words]
        for value, pointer in zip(_emit_block(builder, old, loaded), states, strict=True):
            builder.store(value, pointer, align=4)
        return context.get_dummy_value()

    return types.void(state, message, types.int64), generate


compress = cast("Callable[[Words, Words, int], None]", _compress)
"""`compress(state, message, block)`, for compiled code: advance all lanes by one 64-byte block.

- state: uint32 array, shape (4, 16): word, lane; changed in place.
- message: uint32 array, shape (words, 16): little-endian message words, lanes innermost.
- block: number of the 16 words of `message` to digest; its bounds are not checked.
"""
