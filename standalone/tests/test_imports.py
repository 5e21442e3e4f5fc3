# This file is part of lsst-standalone.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

"""Imports between the modules of the runtime point one way."""

import ast
import pathlib
import textwrap

ROOT = pathlib.Path(__file__).resolve().parents[1] / "python"

# Cycles that interfaces of the stack force.
ALLOWED = {
    # ``Exposure(fileName)`` reads by means of `ExposureFitsReader`, whose
    # ``read`` returns an `Exposure`.
    frozenset({"lsst.afw.image._exposure", "lsst.afw.image._exposureFitsReader"}),
    # ``BaseCatalog.readFits`` returns an `ExposureCatalog`, a subclass, for a
    # file with such a catalog.
    frozenset(f"lsst.afw.table.{name}" for name in ("_catalog", "_exposure", "_exposureIO")),
}


def imported(path, name):
    """Names that a module imports, also within functions."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    checks = [n for n in ast.walk(tree) if isinstance(n, ast.If) and ast.unparse(n.test) == "TYPE_CHECKING"]
    skipped = {node for check in checks for statement in check.body for node in ast.walk(statement)}
    package = name.split(".") if path.name == "__init__.py" else name.split(".")[:-1]
    for node in set(ast.walk(tree)) - skipped:
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) + 1 - node.level] if node.level else []
            parts = [*base, *([node.module] if node.module else [])]
            yield from (".".join([*parts, alias.name]) for alias in node.names)


def findCycles(root):
    """Find the sets of modules that import each other, directly or not."""
    paths = {".".join(p.relative_to(root).with_suffix("").parts): p for p in root.rglob("*.py")}
    paths = {name.removesuffix(".__init__"): path for name, path in paths.items()}
    edges = {}
    for name, path in paths.items():
        found = (n if n in paths else n.rpartition(".")[0] for n in imported(path, name))
        edges[name] = {n for n in found if n in paths and n != name}
    reached = {}
    for name in edges:
        todo = list(edges[name])
        reached[name] = set()
        while todo:
            if (module := todo.pop()) not in reached[name]:
                reached[name].add(module)
                todo.extend(edges[module])
    return {
        frozenset(other for other in reached[name] if name in reached[other])
        for name in reached
        if name in reached[name]
    }


def testNoCycles():
    assert findCycles(ROOT) == ALLOWED


def testFindsCycles(tmp_path):
    sources = {
        "lsst/a/__init__.py": "from ._x import X",
        "lsst/a/_x.py": """
            from typing import TYPE_CHECKING
            if TYPE_CHECKING:
                from lsst.c import Z
            def f():
                from lsst.b import Y
        """,
        "lsst/b.py": "import lsst.a",
        "lsst/c.py": "from .a import X",
    }
    for name, source in sources.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(textwrap.dedent(source))
    assert findCycles(tmp_path) == {frozenset({"lsst.a", "lsst.a._x", "lsst.b"})}
