# This file is part of lsst-standalone.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

"""Write recipes: named sets of compression options for image planes."""

from __future__ import annotations

__all__ = ("seedFromDataId", "validateRecipes", "withSeed")


import hashlib
import json
from collections.abc import Mapping
from typing import Any

from lsst.afw.fits import CompressionOptions
from lsst.daf.butler import DataCoordinate

_PLANES = ("image", "mask", "variance")


def validateRecipes(recipes: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Check recipes and fill in the defaults of their options.

    Parameters
    ----------
    recipes
        Compression options (mappings) by plane by recipe name. `None` in
        place of a plane's options, or a plane left out, stands for no
        compression, `None` in place of a recipe for none of any plane.

    Returns
    -------
    validated
        The recipes, each with all planes and all options.

    Raises
    ------
    RuntimeError
        Raised if a recipe has an unknown plane or option.
    """
    return {name: _validateRecipe(name, recipe or {}) for name, recipe in recipes.items()}


def _validateRecipe(name: str, recipe: Mapping[str, Any]) -> dict[str, Any]:
    if unknown := set(recipe) - set(_PLANES):
        raise RuntimeError(f"Write recipe {name!r} has unknown planes {sorted(unknown)}; known are {_PLANES}")
    validated = {}
    for plane in _PLANES:
        options = recipe.get(plane)
        try:
            validated[plane] = None if options is None else CompressionOptions.from_mapping(options).to_dict()
        except Exception as err:
            raise RuntimeError(f"Write recipe {name!r} has bad options for the {plane} plane: {err}") from err
    return validated


def seedFromDataId(dataId: DataCoordinate) -> int:
    """Return a dither seed, 1 to 9999, that only depends on a data ID.

    Parameters
    ----------
    dataId
        Data ID of the dataset to write.

    Notes
    -----
    Formula: 1 plus the remainder by 9999 of the MD5 sum, as a big-endian
    integer, of the required values in JSON.
    """
    text = json.dumps(list(dataId.required_values))
    digest = hashlib.md5(text.encode(), usedforsecurity=False).digest()
    return 1 + int.from_bytes(digest, "big") % 9999


def withSeed(recipe: Mapping[str, Any], seed: int) -> dict[str, Any]:
    """Return a recipe with a seed wherever none is given.

    Parameters
    ----------
    recipe
        Validated recipe.
    seed
        Seed to use in place of 0.
    """
    seeded: dict[str, Any] = {}
    for plane, options in recipe.items():
        quantization = options and options.get("quantization")
        if quantization and not quantization["seed"]:
            options = {**options, "quantization": {**quantization, "seed": seed}}
        seeded[plane] = options
    return seeded
