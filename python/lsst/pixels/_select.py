# This file is part of lsst-ip-diffim-template.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

"""Selection of values by rank."""

from __future__ import annotations

__all__ = ("crude_moments", "seek_pair", "select_pair", "select_pair_near")

import numpy as np

from ._jit import compiled

_SAMPLE = 9
# Range of numbers of values for which seeking ranks pays off, and the number
# of limits to try.
_FEW, _MANY = 32, 1 << 24
_TRIES = 14


@compiled
def select_pair(values, n, k, left, right):  # type: ignore[no-untyped-def]
    """Find the values of rank ``k`` and ``k + 1`` among the first ``n``.

    This is a quickselect whose inner loop does not branch on the data: every
    value is stored on both sides, and only the counts depend on the
    comparison. ``left`` and ``right`` are scratch space for ``n`` elements;
    ``values`` is not modified. If ``k`` is the last rank, the second result
    is NaN.
    """
    source = values
    above = values.dtype.type(np.nan)
    while True:
        pivot = _choose_pivot(source, n, k)
        count_left = 0
        count_right = 0
        for i in range(n):
            value = source[i]
            left[count_left] = value
            count_left += value < pivot
            right[count_right] = value
            count_right += value > pivot
        if k < count_left:
            source, n, above = left, count_left, pivot
        elif k >= n - count_right:
            k -= n - count_right
            source, n = right, count_right
        else:
            if k + 1 < n - count_right:
                return pivot, pivot
            for i in range(count_right):
                above = right[i] if i == 0 else min(above, right[i])
            return pivot, above


@compiled
def _choose_pivot(values, n, k):  # type: ignore[no-untyped-def]
    """Estimate the value of rank ``k`` from a sorted sample."""
    if n <= _SAMPLE:
        return values[n // 2]
    sample = np.empty(_SAMPLE, values.dtype)
    for i in range(_SAMPLE):
        value = values[i * (n - 1) // (_SAMPLE - 1)]
        j = i
        while j > 0 and sample[j - 1] > value:
            sample[j] = sample[j - 1]
            j -= 1
        sample[j] = value
    return sample[min(_SAMPLE - 1, k * _SAMPLE // n)]


@compiled
def select_pair_near(values, n, k, left, right):  # type: ignore[no-untyped-def]
    """Find the values of rank ``k`` and ``k + 1``, near the median, among
    the first ``n``.

    Equivalent to `select_pair`, but faster for float32 values that resemble
    noise.
    """
    if _FEW <= n <= _MANY:
        center, sigma = crude_moments(values, n)
        if 0 < sigma < np.inf:
            density = np.float32(0.4) * np.float32(n) / sigma
            is_found, low, high = seek_pair(values, n, k, center, density)
            if is_found:
                return low, high
    # Called in one place only, since each inlined copy is machine code that
    # takes time to load.
    return select_pair(values, n, k, left, right)


@compiled
def seek_pair(values, n, k, guess, density):  # type: ignore[no-untyped-def]
    """Try to find the values of rank ``k`` and ``k + 1`` near a guess; return
    whether they were found, and the values.

    Looks for a limit with the required number of values below it, by Newton's
    method and the secant method. There may be none, because values are equal.
    The float32 values must not be NaN, and ``n`` must be at most 2^24.

    ``density`` is the estimated number of values per unit near the guess.
    """
    wanted = k + 1
    low, below_low = -np.inf, 0
    high, below_high = np.inf, n
    limit = np.float32(guess)
    for number in range(_TRIES):
        count = _count_below(values, n, limit)
        if count == wanted:
            first, second = _neighbors(values, n, limit)
            return True, first, second
        if count < wanted:
            low, below_low = limit, count
        else:
            high, below_high = limit, count
        limit = np.float32(limit + (wanted - count) / density)
        if not low < limit < high or number > _TRIES // 2:
            limit = np.float32(low + (high - low) * ((wanted - below_low) / max(below_high - below_low, 1)))
            if not low < limit < high:
                break
    return False, limit, limit


@compiled
def crude_moments(values, n):  # type: ignore[no-untyped-def]
    """Compute mean and standard deviation in float32; NaN if not finite."""
    start = values[0]
    first = np.float32(0)
    second = np.float32(0)
    for i in range(n):
        delta = values[i] - start
        first += delta
        second += delta * delta
    first /= np.float32(n)
    return start + first, np.sqrt(second / np.float32(n) - first * first)


@compiled
def _count_below(values, n, limit):  # type: ignore[no-untyped-def]
    """Count how many of the first ``n`` values are below a limit."""
    # Sums of single-precision ones, since those run in vector registers.
    count = np.float32(0)
    for i in range(n):
        count += np.float32(1) if values[i] < limit else np.float32(0)
    return int(count)


@compiled
def _neighbors(values, n, limit):  # type: ignore[no-untyped-def]
    """Find the largest of the first ``n`` values below a limit, and the
    smallest of the others; NaN if there are no others.

    The bits are compared as integers, which sort the same way, since minima of
    integers run in vector registers.
    """
    bits = values.view(np.int32)
    below = np.int32(-0x7FFFFFFF)
    above = np.int32(0x7FFFFFFF)
    for i in range(n):
        key = np.int32(bits[i] ^ ((bits[i] >> np.int32(31)) & np.int32(0x7FFFFFFF)))
        is_below = values[i] < limit
        below = max(below, key if is_below else np.int32(-0x7FFFFFFF))
        above = min(above, np.int32(0x7FFFFFFF) if is_below else key)
    pair = np.empty(2, np.int32)
    pair[0] = below ^ ((below >> np.int32(31)) & np.int32(0x7FFFFFFF))
    pair[1] = above ^ ((above >> np.int32(31)) & np.int32(0x7FFFFFFF))
    found = pair.view(np.float32)
    return found[0], found[1]
