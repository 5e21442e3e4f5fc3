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

A window of K x K pixels is held as K vectors, so that a compiler need not
find them: loops over windows this small are left scalar by it, or turned
into gathers, at half the speed or less. The vectors have a power of two of
lanes, as machines do; those beyond the window are neither read nor counted.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from llvmlite import ir
from numba.core import cgutils
from numba.extending import intrinsic
from numba.np.arrayobj import make_array

from ._kernel import TABLE_SIZE, count_lanes

__all__ = ["combine_bits", "weighted_sum", "weighted_variance"]

_FLAGS = ("contract", "nsz", "reassoc")
_INDEX = ir.IntType(32)


@intrinsic
def weighted_sum(
    typingctx: Any, image: Any, row: Any, column: Any, table: Any, tx: Any, ty: Any, taps: Any
) -> Any:
    """Sum of wy[j] wx[k] image[row + j, column + k].

    The weights are those that ``table`` has for fractions ``tx`` and ``ty``
    of a pixel; the length of the tuple ``taps`` is the number of j and k.
    """

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        window = _Window(context, builder, signature, args)
        return window.sum(*window.weights())

    return table.dtype(image, row, column, table, tx, ty, taps), generate


@intrinsic
def weighted_variance(
    typingctx: Any, variance: Any, row: Any, column: Any, table: Any, tx: Any, ty: Any, taps: Any
) -> Any:
    """Sum of wy[j]^2 wx[k]^2 variance[row + j, column + k]."""

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        window = _Window(context, builder, signature, args)
        return window.sum(*(builder.fmul(w, w, flags=_FLAGS) for w in window.weights()))

    return table.dtype(variance, row, column, table, tx, ty, taps), generate


@intrinsic
def combine_bits(
    typingctx: Any, mask: Any, row: Any, column: Any, table: Any, tx: Any, ty: Any, taps: Any
) -> Any:
    """Bitwise OR of mask[row + j, column + k] where there is a weight."""

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        return _Window(context, builder, signature, args).combine()

    return mask.dtype(mask, row, column, table, tx, ty, taps), generate


class _Window:
    """Writes the code for the window of source pixels under a kernel.

    Parameters
    ----------
    context, builder, signature, args
        As an intrinsic function gets them, which has the source, the row and
        column of its first pixel in the window, the table of weights, the
        fractions of a pixel, and a tuple as long as the window is wide.
    """

    def __init__(self, context: Any, builder: Any, signature: Any, args: Any):
        source_type, _, _, table_type, _, _, taps = signature.args
        source, self._row, self._column, table, self._tx, self._ty, _ = args
        self._context = context
        self._builder = builder
        self._source = make_array(source_type)(context, builder, source)
        self._table = make_array(table_type)(context, builder, table)
        self._size = taps.count
        self._lanes = count_lanes(taps.count)
        # A kernel this small serves to keep to the nearest pixels: where it
        # has no weight, not even NaN counts.
        self._exact = self._size == 2

    def weights(self) -> tuple[Any, Any]:
        """Weights of the columns and rows of the window."""
        return self._weights(self._tx), self._weights(self._ty)

    def sum(self, wx: Any, wy: Any) -> Any:
        """Sum of pixels times weights of their columns and rows."""
        builder = self._builder
        zeros = ir.Constant(wx.type, [-0.0] * self._lanes)
        total = zeros
        for k, pixels in enumerate(self._rows()):
            weight = self._broadcast(wy, k)
            if self._exact:
                weight = builder.fmul(weight, wx)
                pixels = builder.select(builder.fcmp_ordered("!=", weight, zeros), pixels, zeros)
            total = self._add_product(total, weight, pixels)
        if not self._exact:
            total = builder.fmul(total, wx, flags=_FLAGS)
        return self._reduce("fadd", total, ir.Constant(wx.type.element, -0.0))

    def combine(self) -> Any:
        """Bitwise OR of the pixels."""
        builder = self._builder
        wx, wy = self.weights()
        zeros = ir.Constant(wx.type, [-0.0] * self._lanes)
        bits = None
        for k, pixels in enumerate(self._rows()):
            if self._exact:
                used = builder.fcmp_ordered("!=", builder.fmul(self._broadcast(wy, k), wx), zeros)
                pixels = builder.select(used, pixels, ir.Constant(pixels.type, [0] * self._lanes))
            bits = pixels if bits is None else builder.or_(bits, pixels)
        return self._reduce("or", bits)

    def _rows(self) -> Iterator[Any]:
        """Rows of the window."""
        builder = self._builder
        width = builder.extract_value(self._source.shape, 1)
        index = builder.add(builder.mul(self._row, width), self._column)
        for _ in range(self._size):
            yield self._load(self._source.data, index)
            index = builder.add(index, width)

    def _weights(self, t: Any) -> Any:
        """Weights at a fraction ``t`` (double) of a pixel."""
        builder = self._builder
        element = self._table.data.type.pointee
        place = builder.fmul(t, ir.Constant(t.type, float(TABLE_SIZE)))
        index = builder.fptosi(place, ir.IntType(64))
        fraction = builder.fsub(place, builder.sitofp(index, place.type))
        if element != fraction.type:
            fraction = builder.fptrunc(fraction, element)
        start = builder.mul(index, ir.Constant(index.type, 2 * self._lanes))
        weight = self._load(self._table.data, start, whole=True)
        next_start = builder.add(start, ir.Constant(start.type, self._lanes))
        slope = self._load(self._table.data, next_start, whole=True)
        undefined = ir.Constant(slope.type, ir.Undefined)
        fraction = builder.insert_element(undefined, fraction, ir.Constant(_INDEX, 0))
        return self._add_product(weight, self._broadcast(fraction, 0), slope)

    def _reduce(self, operation: str, vector: Any, *start: Any) -> Any:
        """Combine the lanes of a vector."""
        element = vector.type.element
        name = f"llvm.vector.reduce.{operation}.{self._suffix(vector.type)}"
        signature = ir.FunctionType(element, [s.type for s in start] + [vector.type])
        function = cgutils.get_or_insert_function(self._builder.module, signature, name)
        flags = _FLAGS if operation == "fadd" else ()
        return self._builder.call(function, [*start, vector], fastmath=flags)

    def _load(self, data: Any, index: Any, whole: bool = False) -> Any:
        """Load neighbours, of any alignment: those of the window, or as many
        as there are lanes.
        """
        builder = self._builder
        element = data.type.pointee
        vector = ir.VectorType(element, self._lanes)
        pointer = builder.bitcast(builder.gep(data, [index]), vector.as_pointer())
        align = self._context.get_abi_sizeof(element)
        if whole or self._size == self._lanes:
            return builder.load(pointer, align=align)
        mask_type = ir.VectorType(ir.IntType(1), self._lanes)
        mask = ir.Constant(mask_type, [int(lane < self._size) for lane in range(self._lanes)])
        signature = ir.FunctionType(vector, [pointer.type, _INDEX, mask_type, vector])
        function = cgutils.get_or_insert_function(
            builder.module, signature, f"llvm.masked.load.{self._suffix(vector)}.p0"
        )
        zeros = ir.Constant(vector, [0] * self._lanes)
        return builder.call(function, [pointer, ir.Constant(_INDEX, align), mask, zeros])

    def _suffix(self, vector: ir.VectorType) -> str:
        """How names of LLVM's functions tell the type of a vector."""
        element = vector.element
        kind = {"float": "f32", "double": "f64"}.get(str(element)) or f"i{element.width}"
        return f"v{vector.count}{kind}"

    def _add_product(self, total: Any, first: Any, second: Any) -> Any:
        product = self._builder.fmul(first, second, flags=_FLAGS)
        return self._builder.fadd(total, product, flags=_FLAGS)

    def _broadcast(self, vector: Any, lane: int) -> Any:
        """Vector with one lane of another in all lanes."""
        undefined = ir.Constant(vector.type, ir.Undefined)
        lanes = ir.Constant(ir.VectorType(_INDEX, self._lanes), [lane] * self._lanes)
        return self._builder.shuffle_vector(vector, undefined, lanes)
