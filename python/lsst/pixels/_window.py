# This file is part of ip_diffim_template.
#
# Developed for the LSST Data Management System.
# This product includes software developed by the LSST Project
# (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution
# for the terms of the licence.
#
# This program is free software: you can redistribute it and/or modify
# it under the terms of the GNU General Public License as published by
# the Free Software Foundation, either version 3 of the License, or
# (at your option) any later version.
#
# This program is distributed in the hope that it will be useful,
# but WITHOUT ANY WARRANTY; without even the implied warranty of
# MERCHANTABILITY or FITNESS FOR A PARTICULAR PURPOSE.  See the
# GNU General Public License for more details.
#
# You should have received a copy of the GNU General Public License
# along with this program.  If not, see <https://www.gnu.org/licenses/>.

"""Sums over the window of source pixels under a kernel, in machine vectors.

A window of K x K pixels is held as K vectors of K lanes, so that a compiler
need not find them: loops over windows this small are left scalar by it, or
turned into gathers, at half the speed or less.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from llvmlite import ir
from numba.core import cgutils, types
from numba.extending import intrinsic
from numba.np.arrayobj import make_array

__all__ = ["combine_bits", "kernel_weights", "weighted_sum", "weighted_variance"]

_FLAGS = ("contract", "nsz", "reassoc")


def _load(context: Any, builder: Any, data: Any, index: Any, vector: ir.VectorType) -> Any:
    """Load as many neighbours as the vector has lanes, of any alignment."""
    pointer = builder.bitcast(builder.gep(data, [index]), vector.as_pointer())
    return builder.load(pointer, align=context.get_abi_sizeof(vector.element))


def _window(
    context: Any, builder: Any, array_type: Any, array: Any, row: Any, column: Any, size: int
) -> Iterator[Any]:
    """Rows of the window whose first pixel is (row, column)."""
    struct = make_array(array_type)(context, builder, array)
    width = builder.extract_value(struct.shape, 1)
    vector = ir.VectorType(context.get_value_type(array_type.dtype), size)
    index = builder.add(builder.mul(row, width), column)
    for _ in range(size):
        yield _load(context, builder, struct.data, index, vector)
        index = builder.add(index, width)


def _reduce(builder: Any, operation: str, vector: Any, *start: Any) -> Any:
    kind = "f" if operation == "fadd" else "i"
    element = vector.type.element
    bits = {"float": 32, "double": 64}.get(str(element)) or element.width
    name = f"llvm.vector.reduce.{operation}.v{vector.type.count}{kind}{bits}"
    signature = ir.FunctionType(element, [s.type for s in start] + [vector.type])
    function = cgutils.get_or_insert_function(builder.module, signature, name)
    return builder.call(function, [*start, vector], fastmath=_FLAGS if kind == "f" else ())


def _sum(context: Any, builder: Any, signature: Any, args: Any, squared: bool) -> Any:
    """Sum of window pixels times (squared) weights of their column and row."""
    array, row, column, wx, wy = args
    array_type, taps = signature.args[0], signature.args[3]
    wx, wy = (_pack(builder, w, taps.count) for w in (wx, wy))
    if squared:
        wx, wy = (builder.fmul(w, w, flags=_FLAGS) for w in (wx, wy))
    undefined = ir.Constant(wx.type, ir.Undefined)
    lane_type = ir.VectorType(ir.IntType(32), taps.count)
    total = None
    window = _window(context, builder, array_type, array, row, column, taps.count)
    for k, pixels in enumerate(window):
        weight = builder.shuffle_vector(wy, undefined, ir.Constant(lane_type, [k] * taps.count))
        term = builder.fmul(weight, pixels, flags=_FLAGS)
        total = term if total is None else builder.fadd(total, term, flags=_FLAGS)
    total = builder.fmul(total, wx, flags=_FLAGS)
    return _reduce(builder, "fadd", total, ir.Constant(total.type.element, -0.0))


def _pack(builder: Any, values: Any, size: int) -> Any:
    """Turn a homogeneous tuple into a vector."""
    lanes = [builder.extract_value(values, k) for k in range(size)]
    vector = ir.Constant(ir.VectorType(lanes[0].type, size), ir.Undefined)
    for k, lane in enumerate(lanes):
        vector = builder.insert_element(vector, lane, ir.Constant(ir.IntType(32), k))
    return vector


@intrinsic
def kernel_weights(typingctx: Any, table: Any, index: Any, fraction: Any, taps: Any) -> Any:
    """Interpolate a row of a kernel's table; ``taps`` tells how many."""
    result = types.UniTuple(table.dtype, taps.count)

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        array, index, fraction, _ = args
        struct = make_array(table)(context, builder, array)
        vector = ir.VectorType(context.get_value_type(table.dtype), taps.count)
        start = builder.mul(index, ir.Constant(index.type, 2 * taps.count))
        weight = _load(context, builder, struct.data, start, vector)
        start = builder.add(start, ir.Constant(index.type, taps.count))
        slope = _load(context, builder, struct.data, start, vector)
        fractions = _pack(builder, cgutils.pack_array(builder, [fraction] * taps.count), taps.count)
        weight = builder.fadd(weight, builder.fmul(fractions, slope, flags=_FLAGS), flags=_FLAGS)
        lanes = [builder.extract_element(weight, ir.Constant(ir.IntType(32), k)) for k in range(taps.count)]
        return cgutils.pack_array(builder, lanes)

    return result(table, index, fraction, taps), generate


@intrinsic
def weighted_sum(typingctx: Any, image: Any, row: Any, column: Any, wx: Any, wy: Any) -> Any:
    """Sum of wy[j] wx[k] image[row + j, column + k]."""

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        return _sum(context, builder, signature, args, squared=False)

    return image.dtype(image, row, column, wx, wy), generate


@intrinsic
def weighted_variance(typingctx: Any, variance: Any, row: Any, column: Any, wx: Any, wy: Any) -> Any:
    """Sum of wy[j]^2 wx[k]^2 variance[row + j, column + k]."""

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        return _sum(context, builder, signature, args, squared=True)

    return variance.dtype(variance, row, column, wx, wy), generate


@intrinsic
def combine_bits(typingctx: Any, mask: Any, row: Any, column: Any, taps: Any) -> Any:
    """Bitwise OR of mask[row + j, column + k] over j, k < len(taps)."""

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        array, row, column, _ = args
        bits = None
        for pixels in _window(context, builder, mask, array, row, column, taps.count):
            bits = pixels if bits is None else builder.or_(bits, pixels)
        return _reduce(builder, "or", bits)

    return mask.dtype(mask, row, column, taps), generate
