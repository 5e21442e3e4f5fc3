# This file is part of lsst-ip-diffim-template.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

"""Sums over the window of source pixels under a kernel, with vectors.

The intrinsic functions in this module write the code for a window of K x K
pixels as K vectors. The compiler leaves loops over such small windows scalar
or turns them into gathers, which takes twice the time or more. Vectors have a
power of two of lanes, like those of processors; lanes outside the window are
neither read nor counted.
"""

from __future__ import annotations

__all__ = (
    "combine_all_bits",
    "combine_bits",
    "prefetch",
    "store_weights",
    "weighted_sum",
    "weighted_variance",
)

import functools
from collections.abc import Iterator
from typing import Any

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic
from numba.np.arrayobj import make_array

from ._kernel import count_lanes

_FLAGS = ("contract", "nsz", "reassoc")
_INDEX = ir.IntType(32)


@intrinsic
def store_weights(
    typingctx: Any, table: Any, index: Any, fraction: Any, taps: Any, out: Any, squares: Any, place: Any
) -> Any:
    """Store the weights of a window's rows, and their squares.

    They are interpolated between row ``index`` of ``table`` and the next, and
    stored in row ``place`` of the arrays ``out`` and ``squares``, which have
    as many columns as vectors have lanes. The length of the tuple ``taps`` is
    the number of weights.
    """

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        table, index, fraction, _, out, squares, place = args
        vectors = _Vectors(context, builder, signature.args[3].count)
        weights = vectors.interpolate(vectors.data(signature.args[0], table), index, fraction)
        start = builder.mul(place, ir.Constant(place.type, vectors.lanes))
        vectors.store(weights, vectors.data(signature.args[4], out), start)
        weights = builder.fmul(weights, weights, flags=_FLAGS)
        vectors.store(weights, vectors.data(signature.args[5], squares), start)
        return context.get_dummy_value()

    signature = types.void(table, types.int64, table.dtype, taps, out, squares, types.int64)
    return signature, generate


@intrinsic
def weighted_sum(
    typingctx: Any,
    image: Any,
    start: Any,
    table: Any,
    index: Any,
    fraction: Any,
    taps: Any,
    wy: Any,
    place: Any,
) -> Any:
    """Compute the sum of wy[j] wx[k] image[start + j * width + k].

    The weights wx are interpolated as in `store_weights`, which has stored
    wy. The length of the tuple ``taps`` is the number of values of j and k.
    """

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        window = _Window(context, builder, signature, args)
        return window.sum(window.wx)

    return _signature(image, table, taps, wy, table.dtype), generate


@intrinsic
def weighted_variance(
    typingctx: Any,
    image: Any,
    start: Any,
    table: Any,
    index: Any,
    fraction: Any,
    taps: Any,
    wy: Any,
    place: Any,
) -> Any:
    """Compute the sum of wy[j] wx[k]^2 image[start + j * width + k].

    The arguments are those of `weighted_sum`, but ``wy`` contains squares.
    """

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        window = _Window(context, builder, signature, args)
        return window.sum(builder.fmul(window.wx, window.wx, flags=_FLAGS))

    return _signature(image, table, taps, wy, table.dtype), generate


@intrinsic
def combine_bits(
    typingctx: Any,
    mask: Any,
    start: Any,
    table: Any,
    index: Any,
    fraction: Any,
    taps: Any,
    wy: Any,
    place: Any,
) -> Any:
    """Combine mask[start + j * width + k] by OR where the weight is not 0.

    The arguments are those of `weighted_sum`.
    """

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        return _Window(context, builder, signature, args).combine()

    return _signature(mask, table, taps, wy, mask.dtype), generate


@intrinsic
def combine_all_bits(typingctx: Any, mask: Any, start: Any, taps: Any) -> Any:
    """Combine mask[start + j * width + k] by OR over all j and k."""

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        vectors = _Vectors(context, builder, signature.args[2].count)
        source = make_array(signature.args[0])(context, builder, args[0])
        rows = vectors.rows(source, args[1])
        return vectors.reduce("or", functools.reduce(builder.or_, rows))

    return mask.dtype(mask, types.int64, taps), generate


@intrinsic
def prefetch(typingctx: Any, array: Any, row: Any, column: Any) -> Any:
    """Prefetch the cache line of array[row, column]."""

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        source = make_array(signature.args[0])(context, builder, args[0])
        width = builder.extract_value(source.shape, 1)
        pointer = builder.gep(source.data, [builder.add(builder.mul(args[1], width), args[2])])
        pointer = builder.bitcast(pointer, ir.IntType(8).as_pointer())
        kind = ir.FunctionType(ir.VoidType(), [pointer.type, _INDEX, _INDEX, _INDEX])
        function = cgutils.get_or_insert_function(builder.module, kind, "llvm.prefetch.p0")
        # The constants select reading, the second-level cache, and data.
        builder.call(function, [pointer, *(ir.Constant(_INDEX, number) for number in (0, 2, 1))])
        return context.get_dummy_value()

    return types.void(array, types.int64, types.int64), generate


def _signature(source: Any, table: Any, taps: Any, wy: Any, result: Any) -> Any:
    return result(source, types.int64, table, types.int64, table.dtype, taps, wy, types.int64)


class _Vectors:
    """Writer of code for vectors of the pixels or weights of a kernel.

    Parameters
    ----------
    context, builder
        Arguments of the code generator of an intrinsic function.
    size
        Number of taps of the kernel.
    """

    def __init__(self, context: Any, builder: Any, size: int):
        self._context = context
        self._builder = builder
        self._size = size
        self.lanes = count_lanes(size)

    def data(self, array_type: Any, array: Any) -> Any:
        """Return a pointer to the first element of an array."""
        return make_array(array_type)(self._context, self._builder, array).data

    def interpolate(self, table: Any, index: Any, fraction: Any) -> Any:
        """Interpolate between row ``index`` of a table and the next."""
        builder = self._builder
        start = builder.mul(index, ir.Constant(index.type, 2 * self.lanes))
        weight = self.load(table, start, whole=True)
        next_start = builder.add(start, ir.Constant(start.type, self.lanes))
        slope = self.load(table, next_start, whole=True)
        return self.add_product(weight, self.fill(fraction), slope)

    def rows(self, source: Any, start: Any) -> Iterator[Any]:
        """Yield the rows of a window whose first pixel is at an index."""
        width = self._builder.extract_value(source.shape, 1)
        for _ in range(self._size):
            yield self.load(source.data, start)
            start = self._builder.add(start, width)

    def load(self, data: Any, index: Any, whole: bool = False) -> Any:
        """Load consecutive elements, of any alignment.

        These are as many as the window has columns, or, if ``whole``, as the
        vector has lanes.
        """
        builder = self._builder
        element = data.type.pointee
        vector = ir.VectorType(element, self.lanes)
        pointer = builder.bitcast(builder.gep(data, [index]), vector.as_pointer())
        align = self._context.get_abi_sizeof(element)
        if whole or self._size == self.lanes:
            return builder.load(pointer, align=align)
        mask_type = ir.VectorType(ir.IntType(1), self.lanes)
        mask = ir.Constant(mask_type, [int(lane < self._size) for lane in range(self.lanes)])
        signature = ir.FunctionType(vector, [pointer.type, _INDEX, mask_type, vector])
        function = cgutils.get_or_insert_function(
            builder.module, signature, f"llvm.masked.load.{self.suffix(vector)}.p0"
        )
        zeros = ir.Constant(vector, [0] * self.lanes)
        return builder.call(function, [pointer, ir.Constant(_INDEX, align), mask, zeros])

    def store(self, vector: Any, data: Any, index: Any) -> None:
        """Store all lanes, with any alignment."""
        builder = self._builder
        pointer = builder.bitcast(builder.gep(data, [index]), vector.type.as_pointer())
        builder.store(vector, pointer, align=self._context.get_abi_sizeof(vector.type.element))

    def fill(self, value: Any) -> Any:
        """Make a vector with a value in all lanes."""
        builder = self._builder
        vector = ir.VectorType(value.type, self.lanes)
        undefined = ir.Constant(vector, ir.Undefined)
        first = builder.insert_element(undefined, value, ir.Constant(_INDEX, 0))
        lanes = ir.Constant(ir.VectorType(_INDEX, self.lanes), [0] * self.lanes)
        return builder.shuffle_vector(first, undefined, lanes)

    def add_product(self, total: Any, first: Any, second: Any) -> Any:
        """Add the product of two vectors to a total."""
        product = self._builder.fmul(first, second, flags=_FLAGS)
        return self._builder.fadd(total, product, flags=_FLAGS)

    def reduce(self, operation: str, vector: Any, *start: Any) -> Any:
        """Combine the lanes of a vector."""
        element = vector.type.element
        name = f"llvm.vector.reduce.{operation}.{self.suffix(vector.type)}"
        signature = ir.FunctionType(element, [s.type for s in start] + [vector.type])
        function = cgutils.get_or_insert_function(self._builder.module, signature, name)
        flags = _FLAGS if operation == "fadd" else ()
        return self._builder.call(function, [*start, vector], fastmath=flags)

    @staticmethod
    def suffix(vector: ir.VectorType) -> str:
        """Return the suffix of LLVM's functions for a type of vector."""
        element = vector.element
        kind = {"float": "f32", "double": "f64"}.get(str(element)) or f"i{element.width}"
        return f"v{vector.count}{kind}"


class _Window:
    """Writer of code for the window of source pixels under a kernel.

    Parameters
    ----------
    context, builder, signature, args
        Arguments of the code generators above.
    """

    def __init__(self, context: Any, builder: Any, signature: Any, args: Any):
        source_type, _, table_type, _, _, taps, wy_type, _ = signature.args
        source, self._start, table, index, fraction, _, wy, place = args
        self._builder = builder
        self._vectors = vectors = _Vectors(context, builder, taps.count)
        self._source = make_array(source_type)(context, builder, source)
        # Kernels this small are chosen to use only the nearest pixels: where
        # they have no weight, even NaN is ignored.
        self._exact = taps.count == 2
        self._wy = builder.gep(
            vectors.data(wy_type, wy), [builder.mul(place, ir.Constant(place.type, vectors.lanes))]
        )
        self.wx = vectors.interpolate(vectors.data(table_type, table), index, fraction)
        """Weights of the columns."""

    def sum(self, wx: Any) -> Any:
        """Sum pixels times the weights of their columns and rows."""
        builder, vectors = self._builder, self._vectors
        zeros = ir.Constant(wx.type, [-0.0] * vectors.lanes)
        total = zeros
        for weight, pixels in self._rows():
            if self._exact:
                weight = builder.fmul(weight, wx)
                pixels = builder.select(builder.fcmp_ordered("!=", weight, zeros), pixels, zeros)
            total = vectors.add_product(total, weight, pixels)
        if not self._exact:
            total = builder.fmul(total, wx, flags=_FLAGS)
        return vectors.reduce("fadd", total, ir.Constant(wx.type.element, -0.0))

    def combine(self) -> Any:
        """Combine the pixels by OR."""
        builder, vectors = self._builder, self._vectors
        zeros = ir.Constant(self.wx.type, [-0.0] * vectors.lanes)
        bits = None
        for weight, pixels in self._rows():
            if self._exact:
                used = builder.fcmp_ordered("!=", builder.fmul(weight, self.wx), zeros)
                pixels = builder.select(used, pixels, ir.Constant(pixels.type, [0] * vectors.lanes))
            bits = pixels if bits is None else builder.or_(bits, pixels)
        return vectors.reduce("or", bits)

    def _rows(self) -> Iterator[tuple[Any, Any]]:
        """Yield the weight of each row of the window, in all lanes, and its
        pixels.
        """
        builder, vectors = self._builder, self._vectors
        for row, pixels in enumerate(vectors.rows(self._source, self._start)):
            weight = builder.load(builder.gep(self._wy, [ir.Constant(_INDEX, row)]))
            yield vectors.fill(weight), pixels
