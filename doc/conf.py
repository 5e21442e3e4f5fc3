# This file is part of lsst-ip-diffim-template.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

"""Configuration of Sphinx, which ``make docs`` runs.

Nothing is fetched from the network, neither here nor by the pages.
"""

from __future__ import annotations

import importlib.metadata
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parent / "_ext"))

project = "lsst-ip-diffim-template"
author = "LSST Data Management"
copyright = "the developers of lsst-ip-diffim-template"
release = importlib.metadata.version(project)
version = release.split("+")[0]

extensions = [
    "config_fields",
    "mathml",
    "myst_parser",
    "numpydoc",
    "sphinx.ext.autodoc",
    "sphinx.ext.autosummary",
]
exclude_patterns = ["_build"]
templates_path = ["_templates"]
default_role = "py:obj"
# Quotes in the documentation of a field are those of Python.
smartquotes = False

# Headings can be linked to: `[text](page.md#heading)`.
myst_enable_extensions = ["deflist", "dollarmath"]
myst_heading_anchors = 3

autodoc_typehints = "description"
autodoc_typehints_description_target = "documented"
autodoc_member_order = "bysource"
autosummary_generate = True
autosummary_ignore_module_all = False
autosummary_imported_members = True
numpydoc_show_class_members = False

html_theme = "furo"
html_title = "Templates for difference imaging"
html_math_renderer = "mathml"
html_static_path = ["_static"]
html_css_files = ["formulas.css", "tables.css"]
html_copy_source = False
html_show_sphinx = False
