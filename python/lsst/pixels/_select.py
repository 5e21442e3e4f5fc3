# This file is part of lsst-ip-diffim-template.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

"""Selection of values by rank."""

from __future__ import annotations

__all__ = ("select_pair",)

import numpy as np

from ._jit import compiled

_SAMPLE = 9


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
