# This file is part of lsst-ip-diffim-template.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

"""Resampling of planes, checked against the formulas pixel by pixel."""

import unittest

import hypothesis
import hypothesis.extra.numpy as npst
import hypothesis.strategies as st
import lsst.utils.tests
import numpy as np
from lsst.pixels import PixelPlanes, PositionGrid, Resampler, Resampling, ResamplingKernel, resample_image

NO_DATA = 256
PAD = (np.nan, NO_DATA, np.inf)


def randomPlanes(rng, shape):
    """Planes of noise with a few bits of mask."""
    return PixelPlanes(
        rng.normal(100, 10, shape).astype(np.float32),
        (1 << rng.integers(0, 6, shape)).astype(np.int32) * (rng.random(shape) < 0.1).astype(np.int32),
        rng.uniform(1, 2, shape).astype(np.float32),
    )


def shifted(dx, dy):
    """Mapping that adds (dx, dy) to a position."""
    return lambda x, y: (x + dx, y + dy)


def run(source, mapping, shape, resampling, spacing=0):
    """Resample to new planes."""
    grid = PositionGrid.sample(mapping, (0, 0), shape, spacing)
    out = PixelPlanes.empty(shape)
    reached = Resampler(source, grid, resampling, pad=PAD).resample_rows(out)
    return out, reached


def slowly(source, x, y, resampling):
    """Value of one pixel by the formulas, in double precision."""

    def taps(position, kernel):
        t = position - np.floor(position)
        if resampling.cache_size > 0:
            t = (np.trunc(t * resampling.cache_size) + 0.5) / resampling.cache_size
        first = int(np.floor(position)) - kernel.center
        return slice(first, first + kernel.size), kernel.weights(np.array([t]))[0]

    (columns, wx), (rows, wy) = taps(x, resampling.kernel), taps(y, resampling.kernel)
    weight = np.outer(wy, wx)
    norm = weight.sum()
    image = np.sum(weight * source.image[rows, columns]) / norm
    variance = np.sum(weight**2 * source.variance[rows, columns]) / norm**2
    bits = np.bitwise_or.reduce(source.mask[rows, columns][weight != 0])
    if resampling.mask_kernel is not None:
        (columns, wx), (rows, wy) = taps(x, resampling.mask_kernel), taps(y, resampling.mask_kernel)
        own = np.bitwise_or.reduce(source.mask[rows, columns][np.outer(wy, wx) != 0])
        bits = (bits & resampling.grow_full_mask) | own
    return image, bits, variance


class KernelTestCase(lsst.utils.tests.TestCase):
    """Tests of the kernels."""

    def testWorkedValues(self):
        expected = [0.03002109, -0.13287102, 0.89006705, 0.27018982, -0.06779134, 0.00735593]
        weights = ResamplingKernel("lanczos3").weights(np.array([0.25]))[0]
        np.testing.assert_allclose(weights, expected, atol=5e-9)
        self.assertAlmostEqual(weights.sum(), 0.9969715379878975, places=14)

    def testSizes(self):
        for name, size, center in (
            ("lanczos3", 6, 2),
            ("lanczos5", 10, 4),
            ("bilinear", 2, 0),
            ("nearest", 2, 0),
        ):
            self.assertEqual((ResamplingKernel(name).size, ResamplingKernel(name).center), (size, center))

    def testBadNames(self):
        for name in ("lanczos", "lanczos0", "lanczos3x", "cubic", ""):
            with self.assertRaisesRegex(ValueError, "Unknown kernel"):
                ResamplingKernel(name)

    def testMaskKernelTooLarge(self):
        with self.assertRaisesRegex(ValueError, "lanczos3.*bilinear"):
            Resampling(ResamplingKernel("bilinear"), ResamplingKernel("lanczos3"))


class ResampleTestCase(lsst.utils.tests.TestCase):
    """Tests of `Resampler` and `resample_image`."""

    def testWorkedPixel(self):
        x, y = np.meshgrid(np.arange(8.0), np.arange(8.0))
        mask = np.zeros((8, 8), np.int32)
        mask[3, 4], mask[5, 5] = 2, 16
        source = PixelPlanes(
            (10 + x + 2 * y + 0.5 * x * y).astype(np.float32), mask, (1 + 0.1 * x).astype(np.float32)
        )
        for cache, image, variance in (
            (0, 25.8830509185791, 0.918022871017456),
            (10000, 25.88339614868164, 0.9179915189743042),
        ):
            resampling = Resampling(ResamplingKernel("lanczos3"), ResamplingKernel("bilinear"), cache, 16)
            out, _ = run(source, shifted(0.25, 0.5), (8, 8), resampling)
            self.assertFloatsAlmostEqual(float(out.image[3, 3]), image, rtol=1e-6)
            self.assertFloatsAlmostEqual(float(out.variance[3, 3]), variance, rtol=1e-6)
            self.assertEqual(out.mask[3, 3], 18)

    def testAgainstFormulas(self):
        rng = np.random.default_rng(5)
        source = randomPlanes(rng, (40, 50))
        cos, sin = np.cos(0.4), np.sin(0.4)

        def mapping(x, y):
            return 12 + cos * x - sin * y, 3 + sin * x + cos * y

        for names in (
            ("lanczos3", "bilinear"),
            ("lanczos3", None),
            ("lanczos4", "lanczos3"),
            ("lanczos5", "nearest"),
            ("lanczos1", "bilinear"),
            ("nearest", "nearest"),
            ("bilinear", "bilinear"),
            ("bilinear", None),
            ("nearest", None),
        ):
            for cache in (0, 7, 100000):
                with self.subTest(kernels=names, cache=cache):
                    kernels = [None if name is None else ResamplingKernel(name) for name in names]
                    resampling = Resampling(*kernels, cache, 4)
                    out, reached = run(source, mapping, (24, 26), resampling)
                    good = np.isfinite(out.image)
                    self.assertEqual(reached, good.sum())
                    self.assertGreater(reached, 400)
                    for r, c in rng.choice(np.argwhere(good), 60):
                        image, bits, variance = slowly(source, *mapping(float(c), float(r)), resampling)
                        self.assertFloatsAlmostEqual(float(out.image[r, c]), image, rtol=2e-6)
                        self.assertFloatsAlmostEqual(float(out.variance[r, c]), variance, rtol=5e-6)
                        self.assertEqual(out.mask[r, c], bits)

    def testBitsToGrowThatAreNowhere(self):
        source = randomPlanes(np.random.default_rng(6), (20, 20))
        source.mask[...] &= ~4
        # All taps are looked at if the bit is anywhere, even out of reach.
        other = PixelPlanes(source.image, source.mask.copy(), source.variance)
        other.mask[19, 19] |= 4
        for mask_kernel, grow in (
            (ResamplingKernel("bilinear"), 4 | 8),
            (ResamplingKernel("bilinear"), 4),
            (None, 4),
        ):
            resampling = Resampling(ResamplingKernel("lanczos3"), mask_kernel, 0, grow)
            expected, _ = run(other, shifted(0.3, 0.6), (15, 15), resampling)
            out, _ = run(source, shifted(0.3, 0.6), (15, 15), resampling)
            np.testing.assert_array_equal(out.mask, expected.mask)
        self.assertTrue((expected.mask & 8).any())

    def testWhatDoesNotFit(self):
        source = randomPlanes(np.random.default_rng(6), (20, 20))
        grid = PositionGrid.sample(shifted(5, 5), (0, 0), (8, 9), 4)
        resampling = Resampling(ResamplingKernel("lanczos3"))
        for planes, shape, first in (
            (source[:, :10], (8, 9), 0),
            (source, (8, 8), 0),
            (source, (9, 9), 0),
            (source, (4, 9), 5),
            (source, (4, 9), -1),
        ):
            with self.assertRaises(ValueError):
                Resampler(planes, grid, resampling).resample_rows(PixelPlanes.empty(shape), first)
        for image, out in (
            (source.image[:, :10], np.empty((8, 9), np.float32)),
            (source.image, np.empty((8, 9))),
            (source.image, np.empty((7, 9), np.float32)),
        ):
            with self.assertRaises(ValueError):
                resample_image(image, grid, out, resampling)
        with self.assertRaisesRegex(ValueError, "float32 .* float64"):
            out = PixelPlanes(np.empty((8, 9)), np.empty((8, 9), np.int32), np.empty((8, 9)))
            Resampler(source, grid, resampling).resample_rows(out)
        for owned in ((3, 2), (np.nan, 2)):
            with self.assertRaisesRegex(ValueError, "rows .* are not a range"):
                Resampler(source, grid, resampling, owned_rows=owned)

    def testEdges(self):
        source = randomPlanes(np.random.default_rng(1), (12, 12))
        for name, good in (("lanczos3", 49), ("bilinear", 121), ("nearest", 121)):
            out, reached = run(source, shifted(0, 0), (12, 12), Resampling(ResamplingKernel(name)))
            self.assertEqual(reached, good)
            edge = ~np.isfinite(out.image)
            self.assertTrue(np.isnan(out.image[edge]).all())
            self.assertTrue((out.mask[edge] == NO_DATA).all())
            self.assertTrue((out.variance[edge] == np.inf).all())

    def testZeroWeightsDoNotSpread(self):
        source = randomPlanes(np.random.default_rng(2), (12, 12))
        source.mask[...] = 0
        source.image[6, 6], source.mask[6, 6] = np.nan, 2
        for name, cache, count in (
            ("lanczos3", 0, 36),
            ("lanczos3", 1000, 36),
            ("bilinear", 0, 1),
            ("bilinear", 1000, 4),
            ("nearest", 0, 1),
            ("nearest", 1000, 1),
        ):
            out, _ = run(source, shifted(0, 0), (12, 12), Resampling(ResamplingKernel(name), None, cache))
            self.assertEqual((out.mask == 2).sum(), count, f"{name} {cache}")
            self.assertEqual((np.isnan(out.image) & (out.mask == 2)).sum(), count, f"{name} {cache}")

    def testPositionsThatAreNot(self):
        source = randomPlanes(np.random.default_rng(3), (20, 20))
        for value in (np.nan, np.inf, -np.inf, 1e300):
            out, reached = run(
                source, lambda x, y, v=value: (x * v, y), (9, 9), Resampling(ResamplingKernel("lanczos3")), 4
            )
            self.assertEqual(reached, 0)
            self.assertTrue((out.mask == NO_DATA).all())

    def testAreaConservesFlux(self):
        y, x = np.mgrid[:60, :60]
        star = np.exp(-((x - 30.2) ** 2 + (y - 29.7) ** 2) / 8).astype(np.float32)
        source = PixelPlanes(star, np.zeros((60, 60), np.int32), np.ones((60, 60), np.float32))
        for scale in (0.5, 0.8):
            out, _ = run(
                source,
                lambda x, y, s=scale: (s * (x - 30) + 30, s * (y - 30) + 30),
                (60, 60),
                Resampling(ResamplingKernel("lanczos5")),
                10,
            )
            self.assertFloatsAlmostEqual(float(np.nansum(out.image)), float(star.sum()), rtol=1e-3)

    @hypothesis.given(
        st.floats(-3, 3, width=32), st.floats(-3, 3, width=32), st.sampled_from(["lanczos3", "bilinear"])
    )
    @hypothesis.settings(deadline=None, max_examples=25)
    def testLinear(self, a, b, name):
        rng = np.random.default_rng(7)
        first, second = (randomPlanes(rng, (20, 20)) for _ in range(2))
        both = PixelPlanes(a * first.image + b * second.image, first.mask, first.variance)
        resampling = Resampling(ResamplingKernel(name), None, 100000)
        outs = [run(p, shifted(0.3, 0.6), (20, 20), resampling)[0].image for p in (first, second, both)]
        np.testing.assert_allclose(outs[2], a * outs[0] + b * outs[1], atol=2e-3)

    @hypothesis.given(st.integers(-3, 3), st.integers(-3, 3))
    @hypothesis.settings(deadline=None, max_examples=25)
    def testCommutesWithIntegerShifts(self, dx, dy):
        source = randomPlanes(np.random.default_rng(8), (30, 30))
        resampling = Resampling(ResamplingKernel("lanczos3"), ResamplingKernel("bilinear"), 100000, 16)
        here, _ = run(source, shifted(8.5, 8.25), (10, 10), resampling)
        moved, _ = run(source, shifted(8.5 - dx, 8.25 - dy), (16, 16), resampling)
        rows, columns = slice(max(dy, 0), min(10 + dy, 16)), slice(max(dx, 0), min(10 + dx, 16))
        for plane in ("image", "mask", "variance"):
            there = getattr(moved, plane)[rows, columns]
            back = getattr(here, plane)[
                rows.start - dy : rows.stop - dy, columns.start - dx : columns.stop - dx
            ]
            np.testing.assert_array_equal(there, back)

    @hypothesis.given(st.integers(1, 7), st.integers(1, 40), st.integers(0, 60))
    @hypothesis.settings(deadline=None, max_examples=25)
    def testPiecesMakeTheWhole(self, height, spacing, boundary):
        source = randomPlanes(np.random.default_rng(9), (60, 60))
        resampling = Resampling(ResamplingKernel("lanczos3"), ResamplingKernel("bilinear"), 100000, 16)
        grid = PositionGrid.sample(lambda x, y: (x + 0.1 * y + 4, y - 0.1 * x + 8), (0, 0), (40, 45), spacing)
        whole = PixelPlanes.empty((40, 45))
        Resampler(source, grid, resampling, pad=PAD).resample_rows(whole)
        merged = PixelPlanes.empty((40, 45))
        for plane, value in zip((merged.image, merged.mask, merged.variance), PAD, strict=True):
            plane[...] = value
        for owned in ((-np.inf, boundary), (boundary, np.inf)):
            resampler = Resampler(source, grid, resampling, owned_rows=owned, pad=PAD)
            for first in range(0, 40, height):
                strip = PixelPlanes.empty((min(height, 40 - first), 45))
                resampler.resample_rows(strip, first)
                reached = np.isfinite(strip.variance)
                here = merged[first : first + height, :]
                for a, b in zip(
                    (here.image, here.mask, here.variance),
                    (strip.image, strip.mask, strip.variance),
                    strict=True,
                ):
                    a[reached] = b[reached]
        for plane in ("image", "mask", "variance"):
            np.testing.assert_array_equal(getattr(merged, plane), getattr(whole, plane))

    @hypothesis.given(npst.arrays(np.float32, (14, 14), elements=st.floats(-1e6, 1e6, width=32)))
    @hypothesis.settings(deadline=None, max_examples=25)
    def testImageAlone(self, image):
        planes = PixelPlanes(image, np.zeros(image.shape, np.int32), np.ones(image.shape, np.float32))
        resampling = Resampling(ResamplingKernel("lanczos3"), None, 1000)
        out, reached = run(planes, shifted(0.2, 0.7), (14, 14), resampling)
        grid = PositionGrid.sample(shifted(0.2, 0.7), (0, 0), (14, 14), 0)
        for dtype in (np.float32, np.float64):
            alone = np.empty(image.shape, dtype)
            self.assertEqual(resample_image(image.astype(dtype), grid, alone, resampling), reached)
            np.testing.assert_allclose(alone, out.image, rtol=1e-4, atol=4e-7 * np.abs(image).max())


class PositionGridTestCase(lsst.utils.tests.TestCase):
    """Tests of `PositionGrid`."""

    @hypothesis.given(st.integers(1, 200), st.integers(1, 200), st.integers(-3, 250))
    def testNodesSpanThePixels(self, height, width, spacing):
        grid = PositionGrid.sample(lambda x, y: (x, y), (3, -4), (height, width), spacing)
        self.assertEqual(grid.shape, (height, width))
        for nodes in (grid.rows, grid.columns):
            self.assertEqual(nodes[0], -1)
            self.assertTrue((np.diff(nodes) > 0).all())
            self.assertLessEqual(np.diff(nodes).max(), max(spacing, 1))
        np.testing.assert_array_equal(grid.x[0], grid.columns + 3)
        np.testing.assert_array_equal(grid.y[:, 0], grid.rows - 4)

    @hypothesis.given(st.integers(0, 90), st.integers(1, 60), st.integers(0, 90), st.integers(1, 60))
    def testWithinHoldsAllPixelsOfARegion(self, x0, width, y0, height):
        def mapping(x, y):
            return 0.9 * x - 0.5 * y, 0.5 * x + 0.9 * y

        part = PositionGrid.sample(mapping, (0, 0), (100, 110), 13).within(
            (x0, x0 + width), (y0, y0 + height)
        )
        rows, columns = np.mgrid[:100, :110]
        x, y = mapping(columns, rows)
        inside = (x >= x0) & (x <= x0 + width) & (y >= y0) & (y <= y0 + height)
        if part is None:
            self.assertFalse(inside.any())
        else:
            grid, (column, row) = part
            outside = inside.copy()
            outside[row : row + grid.shape[0], column : column + grid.shape[1]] = False
            self.assertFalse(outside.any())

    def testShapesMustFit(self):
        with self.assertRaisesRegex(ValueError, r"\(2, 2\)"):
            PositionGrid(np.array([-1, 3]), np.array([-1, 2, 5]), np.zeros((2, 2)), np.zeros((2, 2)))

    def testNodesMustIncreaseFromBeforeTheFirstPixel(self):
        good = np.array([-1, 3, 5])
        for bad in ([0, 3, 5], [-1, 3, 3], [-1, 5, 3], [-1.0, 3.0, 5.0], [], [[-1, 3, 5]]):
            nodes = np.array(bad)
            for axis, columns, rows in (("columns", nodes, good), ("rows", good, nodes)):
                positions = np.zeros((len(rows), len(columns)))
                with self.assertRaisesRegex(ValueError, f"The {axis} of nodes must"):
                    PositionGrid(columns, rows, positions, positions)


class MemoryTestCase(lsst.utils.tests.MemoryTestCase):
    """Test for leaks."""


def setup_module(module):
    lsst.utils.tests.init()


if __name__ == "__main__":
    lsst.utils.tests.init()
    unittest.main()
