# This file is part of lsst-ip-diffim-template.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

"""Configuration of the task from the options of ``pipetask``."""

from __future__ import annotations

__all__ = ("add_config_options", "make_config")

import argparse
import pathlib
import re
from collections.abc import Sequence
from typing import Any

from lsst.ip.diffim import GetTemplateTask
from lsst.pex.config import FieldValidationError
from lsst.pipe.base.configOverrides import ConfigOverrides

from ._terminal import Failure

_LABEL = re.compile(r"[A-Za-z_]\w*:")


class _Collect(argparse.Action):
    """Action that collects values and files in the order given."""

    def __call__(
        self, parser: object, namespace: argparse.Namespace, values: Any, option_string: str | None = None
    ) -> None:
        kind = "file" if self.const else "value"
        namespace.overrides = [*getattr(namespace, "overrides", []), (kind, values)]


def add_config_options(parser: argparse.ArgumentParser) -> None:
    """Add ``--config`` and ``--config-file``, as in ``pipetask``."""
    parser.set_defaults(overrides=[])
    parser.add_argument(
        "-c",
        "--config",
        metavar="FIELD=VALUE",
        action=_Collect,
        const=False,
        default=argparse.SUPPRESS,
        help="set a field of the task's configuration, e.g. warp.warpingKernelName=lanczos5; may be repeated",
    )
    parser.add_argument(
        "-C",
        "--config-file",
        metavar="FILE",
        action=_Collect,
        const=True,
        default=argparse.SUPPRESS,
        help="Python file that sets fields of the task's configuration; it is executed as code",
    )


def make_config(overrides: Sequence[tuple[str, str]], border: int | None) -> Any:
    """Return the configuration of a task.

    Parameters
    ----------
    overrides
        Kind (``value`` or ``file``) and text of each override, in order.
        As for ``pipetask``, they may start with the label of a task.
    border
        Border of templates (pixels); by default, that of the configuration.

    Raises
    ------
    Failure
        Raised if an override cannot be applied.
    """
    config = GetTemplateTask.ConfigClass()
    for kind, text in overrides:
        text = _LABEL.sub("", text, count=1) if not pathlib.Path(text).exists() else text
        changes = ConfigOverrides()
        if kind == "file":
            if not pathlib.Path(text).is_file():
                raise Failure(f"There is no config file {text}.")
            changes.addFileOverride(text)
        else:
            field, equals, value = text.partition("=")
            if not equals:
                raise Failure(f"A field of the configuration is set by FIELD=VALUE, not {text!r}.")
            changes.addValueOverride(field.strip(), value)
        _apply(changes, config, text)
    if border is not None:
        config.templateBorderSize = border
    try:
        config.validate()
        config.freeze()
    except (FieldValidationError, ValueError) as err:
        raise Failure(f"The configuration is not valid: {_reason(err)}") from err
    return config


def _apply(changes: ConfigOverrides, config: Any, text: str) -> None:
    try:
        changes.applyTo(config)
    except SyntaxError as err:
        raise Failure(f"The config file {text} is not Python: {err}") from err
    except Exception as err:
        # A config file is a program, which can raise any exception.
        raise Failure(f"Cannot apply the configuration {text!r}: {_reason(err)}") from err


def _reason(err: Exception) -> str:
    """Return the reason for an error, without the lines that locate it."""
    text = str(err) or type(err).__name__
    return text.splitlines()[0] if isinstance(err, FieldValidationError) else text
