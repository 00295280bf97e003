"""Reading one regular file, whatever stands at its path.

In: a path and a limit in bytes. Out: the bytes, or `Unreadable` with one sentence. This module must not know what
the bytes mean. It never blocks on a pipe, never reads a device and never reads more than the limit.
"""

from __future__ import annotations

import os
import stat
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

# O_NONBLOCK keeps the open of a pipe from waiting for a writer; O_BINARY exists on Windows only.
_FLAGS = (
    os.O_RDONLY
    | getattr(os, "O_NONBLOCK", 0)
    | getattr(os, "O_NOCTTY", 0)
    | getattr(os, "O_CLOEXEC", 0)
    | getattr(os, "O_BINARY", 0)
)


class Unreadable(Exception):
    """Why a file was not read, as one sentence without its path."""


def read_regular(path: Path, limit: int) -> bytes:
    """The whole of a regular file of at most `limit` bytes. Raises `Unreadable`."""
    try:
        # Asked before opening, since opening some devices acts on them; asked again after it, since files move.
        _require_regular(os.stat(path), limit)
        return _read(path, limit)
    except OSError as error:
        raise Unreadable(_sentence(error)) from error
    except ValueError as error:
        raise Unreadable("cannot be read: its path is not valid on this system") from error


def _read(path: Path, limit: int) -> bytes:
    with os.fdopen(os.open(path, _FLAGS), "rb") as file:
        _require_regular(os.fstat(file.fileno()), limit)
        data = file.read(limit + 1)
    if len(data) > limit:
        raise Unreadable(_too_large(limit))
    return data


def _require_regular(status: os.stat_result, limit: int) -> None:
    if stat.S_ISDIR(status.st_mode):
        raise Unreadable("is a folder, not a file")
    if not stat.S_ISREG(status.st_mode):
        raise Unreadable("is not a regular file")
    if status.st_size > limit:
        raise Unreadable(_too_large(limit))


def _too_large(limit: int) -> str:
    size = f"{limit // 2**20} MB" if limit >= 2**20 else f"{limit} bytes"
    return f"is larger than {size}, which is not read"


def _sentence(error: OSError) -> str:
    if isinstance(error, FileNotFoundError):
        return "does not exist (any more)"
    if isinstance(error, PermissionError):
        return "cannot be read: permission denied"
    return f"cannot be read: {(error.strerror or 'unknown error').lower()}"
