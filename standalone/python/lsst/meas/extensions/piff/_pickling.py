# This file is part of lsst-standalone.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writing pickles that name what the stack has and the runtime has not."""

from __future__ import annotations

import io
import pickle
from typing import Any

from starlink import Ast

from lsst.afw.geom._ast import writeAst

__all__ = ["dumpsForStack"]


class _ObjectMaker:
    """Stands for ``astshim.ObjectMaker``, which makes an AST object of a
    text.
    """

    def __call__(self, text: str) -> Any:
        raise NotImplementedError("Texts of AST objects are read by the allow-list.")


# The pickler in Python, since that in C has no hook for the names of globals.
_Base: Any = vars(pickle)["_Pickler"]


class _Pickler(_Base):
    """Writes AST objects as the stack does."""

    def reducer_override(self, obj: Any) -> Any:
        if isinstance(obj, Ast.Object):
            return _ObjectMaker(), (writeAst(obj),)
        if type(obj) is _ObjectMaker:
            return _ObjectMaker, ()
        return NotImplemented

    def save_global(self, obj: Any, name: str | None = None) -> None:
        if obj is not _ObjectMaker:
            super().save_global(obj, name)
            return
        self.save("astshim")
        self.save("ObjectMaker")
        self.write(pickle.STACK_GLOBAL)
        self.memoize(obj)


def dumpsForStack(obj: Any) -> bytes:
    """Write a pickle in the form in which the stack's files have them.

    Parameters
    ----------
    obj
        Object to write.
    """
    file = io.BytesIO()
    _Pickler(file, protocol=4).dump(obj)
    return file.getvalue()
