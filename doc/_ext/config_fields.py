# This file is part of lsst-ip-diffim-template.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

"""Tables of configuration fields and connections, made from the classes.

The directive

    ```{config-fields} package.Config
    :part: warp
    :beyond: package.ParentConfig
    ```

lists the fields of ``Config().warp`` with their types, defaults and
documentation, except for those that ``ParentConfig`` has. And

    ```{task-connections} package.Config
    ```

lists what the task with that configuration reads and writes.
"""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from typing import Any, ClassVar

from docutils import nodes
from docutils.parsers.rst import directives
from lsst.pex.config import ChoiceField, Config, ConfigField, ConfigurableField, Field, ListField, RangeField
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

_FieldRow = tuple[str, str, str, str]
NESTED = "see below"


def field_rows(path: str, part: str = "", beyond: str | None = None) -> Iterator[_FieldRow]:
    """List the fields of a configuration.

    Parameters
    ----------
    path
        Full name of the class.
    part
        Name of a nested configuration, whose fields are wanted; its defaults
        are those that the outer one sets. Dots go deeper.
    beyond
        Full name of a class whose fields are left out.

    Yields
    ------
    row
        Name, type, default and documentation.
    """
    config = _find(path)()
    for name in part.split(".") if part else ():
        config = _nested(config, name)
    known = _find(beyond)._fields if beyond else {}
    for name, field in type(config)._fields.items():
        if name not in known:
            yield name, _type(field), _default(config, field), _documentation(field)


def connection_rows(path: str) -> Iterator[_FieldRow]:
    """List the connections of a task, by the class of its configuration.

    Yields
    ------
    row
        Name, template of the dataset type name, storage class and dimensions,
        and documentation.
    """
    for name, connection in _find(path).ConnectionsClass.allConnections.items():
        kind = f"{connection.storageClass}: {', '.join(sorted(connection.dimensions))}"
        yield name, connection.name, kind, connection.doc


def _find(path: str) -> type[Config]:
    module, _, name = path.rpartition(".")
    return getattr(importlib.import_module(module), name)


def _nested(config: Config, name: str) -> Config:
    value = getattr(config, name)
    return value.value if isinstance(type(config)._fields[name], ConfigurableField) else value


def _type(field: Field) -> str:
    if isinstance(field, ConfigurableField):
        return f"subtask, {field.target.__name__}"
    if isinstance(field, ConfigField):
        return field.dtype.__name__
    kind = f"list of {field.itemtype.__name__}" if isinstance(field, ListField) else field.dtype.__name__
    if isinstance(field, RangeField):
        kind += f", {field.rangeString}"
    return f"{kind} or None" if field.optional else kind


def _default(config: Config, field: Field) -> str:
    if isinstance(field, ConfigField | ConfigurableField):
        return NESTED
    value = getattr(config, field.name)
    if value is None:
        return "None" if field.optional else "required"
    return repr(list(value)) if isinstance(field, ListField) else repr(value)


def _documentation(field: Field) -> str:
    # A choice field appends a list of its values to the text it was given.
    if not isinstance(field, ChoiceField):
        return field.doc
    text = field.doc.split("\n")[0].strip().rstrip(".")
    return f"{text}. One of {', '.join(repr(choice) for choice in field.allowed if choice is not None)}."


class ConfigFields(SphinxDirective):
    """A table of the fields of a configuration."""

    required_arguments = 1
    option_spec: ClassVar[Any] = {"part": directives.unchanged, "beyond": directives.unchanged}

    def run(self) -> list[nodes.Node]:
        """Make the table."""
        rows = list(field_rows(self.arguments[0], **self.options))
        if not rows:
            raise self.error(f"There are no fields in {self.arguments[0]} with {self.options}.")
        return [_table(("Field", "Type", "Default", "Meaning"), rows, literal=(0, 2))]


class TaskConnections(SphinxDirective):
    """A table of the connections of a task."""

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        """Make the table."""
        rows = list(connection_rows(self.arguments[0]))
        return [_table(("Connection", "Dataset type", "Storage class, dimensions", "Meaning"), rows, (0, 1))]


def _table(headings: _FieldRow, rows: list[_FieldRow], literal: tuple[int, ...]) -> nodes.table:
    """Make a table, some of whose columns are code."""
    group = nodes.tgroup("", *(nodes.colspec(colwidth=1) for _ in headings), cols=len(headings))
    group += nodes.thead("", _row([nodes.inline("", heading) for heading in headings]))
    group += nodes.tbody("")
    for row in rows:
        kinds = [
            nodes.literal if column in literal and text != NESTED else nodes.inline
            for column, text in enumerate(row)
        ]
        group[-1] += _row([kind("", text) for kind, text in zip(kinds, row, strict=True)])
    return nodes.table("", group)


def _row(cells: list[nodes.Node]) -> nodes.row:
    return nodes.row("", *(nodes.entry("", nodes.paragraph("", "", cell)) for cell in cells))


def setup(app: Sphinx) -> dict[str, bool]:
    """Add the directives."""
    app.add_directive("config-fields", ConfigFields)
    app.add_directive("task-connections", TaskConnections)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
