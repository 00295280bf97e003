"""Where the server keeps compiled code, if it must not write beside the sources.

In: a folder. Out: imports that read compiled code where Python keeps it, and what is not there in that folder, to which
they also write it. Python's own `pycache_prefix` looks for nothing elsewhere: the whole standard library was compiled
anew before the first hint of a new installation. This module must not know a server, and imports nothing heavy.
"""

from __future__ import annotations

import sys
from importlib.machinery import (
    BYTECODE_SUFFIXES,
    EXTENSION_SUFFIXES,
    SOURCE_SUFFIXES,
    ExtensionFileLoader,
    FileFinder,
    SourceFileLoader,
    SourcelessFileLoader,
)
from importlib.util import cache_from_source
from threading import RLock
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from types import CodeType

_settled = RLock()


def keep_in(folder: str) -> None:
    """From now on, nothing compiled is written anywhere else. An empty name leaves everything as Python does it."""
    if folder:
        sys.dont_write_bytecode = True
        _Loader.folder = folder
        source, rest = (_Loader, SOURCE_SUFFIXES), (SourcelessFileLoader, BYTECODE_SUFFIXES)
        finder = FileFinder.path_hook((ExtensionFileLoader, EXTENSION_SUFFIXES), source, rest)
        # It stands in for Python's own, which is asked no more: what that one has found so far is forgotten.
        sys.path_hooks.insert(0, finder)
        sys.path_importer_cache.clear()


def kept_in() -> str:
    """The folder, or nothing: what a child process has to be told."""
    return _Loader.folder


class _Loader(SourceFileLoader):
    folder = ""

    def get_code(self, fullname: str) -> CodeType | None:
        if self._is_compiled():
            return super().get_code(fullname)
        with _settled:
            sys.pycache_prefix, sys.dont_write_bytecode = self.folder, False
            try:
                return super().get_code(fullname)
            finally:
                sys.pycache_prefix, sys.dont_write_bytecode = None, True

    def _is_compiled(self) -> bool:
        try:
            self.path_stats(cache_from_source(self.path))
        except OSError:
            return False
        return True
