"""Bytes that were dear to compute, kept on disk for the next process.

In: a key and bytes. Out: the same bytes for the same key, or None. This module must not know what the bytes mean.

Entries carry a checksum against torn and damaged files, not a signature against forgery. That is enough because the
folder belongs to the user, is closed to everybody else (mode 0700, verified together with its owner and that it is no
link), and every entry must belong to the user too: who could forge one could as well change the server's own code.
Windows keeps the folder below the user's profile, which is closed to others by default.
"""

from __future__ import annotations

import os
import secrets
import stat
import time
from contextlib import contextmanager, suppress
from hashlib import blake2b
from pathlib import Path
from typing import TYPE_CHECKING

import platformdirs

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable, Iterator
    from typing import BinaryIO

_MAGIC = b"switchpoint1"
_DIGEST_SIZE = 20
_HEAD = len(_MAGIC) + _DIGEST_SIZE
_ENTRY_LIMIT = 32 * 2**20
_TOTAL_LIMIT = 256 * 2**20
_PART = 2**20
_TRIM_EVERY_SECONDS = 3600.0
_TRIM_EVERY_BYTES = 32 * 2**20
_USED_AGAIN_AFTER_SECONDS = 86_400.0
_MOST_FAILURES = 5
_ENTRY_END, _PARTIAL_END = ".summary", ".partial"
_READ = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
_CREATE = os.O_RDWR | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)


class _Incomplete(Exception):
    """What was being written is worth nothing."""


class SummaryCache:
    """A cache shared by any number of processes. Nothing that happens to its files raises or changes an answer. Each
    `kind` of entries has a folder and a limit of its own."""

    def __init__(self, folder: Path | None = None, total_limit: int = _TOTAL_LIMIT, kind: str = "summaries") -> None:
        self._folder = (folder or _default_folder()) / kind
        self._total_limit = total_limit
        self._failures = 0
        self._written = 0
        self._usable: bool | None = None

    def get(self, key: str) -> bytes | None:
        """What was put under this key, if it is still there and whole."""
        if not self._is_usable():
            return None
        path = self._path(key)
        try:
            raw = _read_own(path)
        except (OSError, ValueError):
            return None
        data = _unsealed(key, raw)
        if data is None:
            with suppress(OSError):
                path.unlink()
        return data

    def put(self, key: str, data: bytes) -> None:
        """Keeps the bytes if that is possible; gives up for this process when it keeps failing."""
        if len(data) > _ENTRY_LIMIT or self._failures >= _MOST_FAILURES or not self._is_usable():
            return
        path = self._path(key)
        try:
            _write_whole(path, _sealed(key, data))
            self._trim_seldom(len(data))
        except OSError:
            self._failures += 1

    def write(self, key: str, fill: Callable[[BinaryIO], bool]) -> BinaryIO | None:
        """Keeps what `fill` writes, however much it is, if it says that it is complete; open for reading from where it
        begins. None where it is not, or cannot be kept."""
        if self._failures >= _MOST_FAILURES or not self._is_usable():
            return None
        path = self._path(key)
        try:
            with _partial(path) as file:
                file.write(bytes(_HEAD))
                if not fill(file) or file.tell() > self._total_limit // 2:
                    raise _Incomplete
                size = file.tell()
                file.seek(_HEAD)
                seal = _MAGIC + _checksum(key, _rest_of(file))
                file.seek(0)
                file.write(seal)
            self._trim_seldom(size)
        except _Incomplete:
            return None
        except OSError:
            self._failures += 1
            return None
        return self.open(key)

    def open(self, key: str) -> BinaryIO | None:
        """What was written under this key, if it is still there and whole, open where it begins."""
        if not self._is_usable():
            return None
        path = self._path(key)
        file = None
        try:
            file = _open_own(path)
            head = file.read(_HEAD)
            if head == _MAGIC + _checksum(key, _rest_of(file)):
                file.seek(_HEAD)
                return file
            path.unlink()
        except (OSError, ValueError):
            pass
        if file is not None:
            file.close()
        return None

    def _path(self, key: str) -> Path:
        name = blake2b(key.encode("utf-8", "surrogatepass"), digest_size=_DIGEST_SIZE).hexdigest()
        return self._folder / (name + _ENTRY_END)

    def _is_usable(self) -> bool:
        """Whether the folder is the user's own and closed to others; made when it is not there yet."""
        if self._usable is None:
            try:
                self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
                self._usable = _is_private(self._folder)
            except (OSError, ValueError):
                self._usable = False
        return self._usable

    def _trim_seldom(self, size: int) -> None:
        self._written += size
        stamp = self._folder / "trimmed"
        if self._written < _TRIM_EVERY_BYTES and _age(stamp) < _TRIM_EVERY_SECONDS:
            return
        self._written = 0
        os.close(os.open(stamp, _CREATE & ~os.O_EXCL, 0o600))
        os.utime(stamp)
        _trim(self._folder, self._total_limit)


def _default_folder() -> Path:
    chosen = os.environ.get("SWITCHPOINT_CACHE_DIR")
    return Path(os.path.abspath(chosen or platformdirs.user_cache_dir("switchpoint", appauthor=False)))


def _is_private(folder: Path) -> bool:
    status = folder.lstat()
    if not stat.S_ISDIR(status.st_mode):
        return False
    return os.name == "nt" or (status.st_uid == os.geteuid() and not status.st_mode & 0o077)


def _sealed(key: str, data: bytes) -> bytes:
    return _MAGIC + _checksum(key, [data]) + data


def _unsealed(key: str, raw: bytes) -> bytes | None:
    data = raw[_HEAD:]
    whole = raw[: len(_MAGIC)] == _MAGIC and raw[len(_MAGIC) : _HEAD] == _checksum(key, [data])
    return data if whole else None


def _checksum(key: str, parts: Iterable[bytes]) -> bytes:
    # The key is part of it: an entry that was moved to another key's place is damaged.
    name = key.encode("utf-8", "surrogatepass")
    found = blake2b(len(name).to_bytes(8, "big") + name, digest_size=_DIGEST_SIZE)
    for part in parts:
        found.update(part)
    return found.digest()


def _rest_of(file: BinaryIO) -> Iterator[bytes]:
    while part := file.read(_PART):
        yield part


def _read_own(path: Path) -> bytes:
    with _open_own(path) as file:
        return file.read(_ENTRY_LIMIT + _HEAD + 1)


def _open_own(path: Path) -> BinaryIO:
    file = os.fdopen(os.open(path, _READ), "rb")
    status = os.fstat(file.fileno())
    if not stat.S_ISREG(status.st_mode) or (os.name != "nt" and status.st_uid != os.geteuid()):
        file.close()
        raise PermissionError(f"{path} is not a file of this user")
    if time.time() - status.st_mtime > _USED_AGAIN_AFTER_SECONDS:
        with suppress(OSError):
            os.utime(path)
    return file


def _write_whole(path: Path, raw: bytes) -> None:
    with _partial(path) as file:
        file.write(raw)


@contextmanager
def _partial(path: Path) -> Generator[BinaryIO]:
    """Readers see the old entry or the new one, never a part: the new one is renamed into place, if it is complete."""
    partial = path.with_name(secrets.token_hex(12) + _PARTIAL_END)
    try:
        with os.fdopen(os.open(partial, _CREATE, 0o600), "w+b") as file:
            yield file
        os.replace(partial, path)
    finally:
        with suppress(OSError):
            partial.unlink()


def _age(path: Path) -> float:
    try:
        return time.time() - path.lstat().st_mtime
    except OSError:
        return float("inf")


def _trim(folder: Path, limit: int) -> None:
    """Removes what processes left half written, then the entries unused for longest, down to four fifths."""
    entries: list[tuple[float, int, str]] = []
    with os.scandir(folder) as found:
        for entry in found:
            with suppress(OSError):
                status = entry.stat(follow_symlinks=False)
                if entry.name.endswith(_PARTIAL_END) and time.time() - status.st_mtime > _TRIM_EVERY_SECONDS:
                    os.unlink(entry.path)
                elif entry.name.endswith(_ENTRY_END):
                    entries.append((status.st_mtime, status.st_size, entry.path))
    total = sum(size for _, size, _ in entries)
    if total <= limit:
        return
    for _, size, path in sorted(entries):
        if total <= limit * 4 // 5:
            return
        with suppress(OSError):
            os.unlink(path)
            total -= size
