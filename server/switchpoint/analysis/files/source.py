"""The text of one Python file.

In: a path. Out: its text as Python would decode it (byte order mark, encoding cookie), line ends kept as they are,
or one sentence why there is none. This module must not know what Python code means.
"""

from __future__ import annotations

import codecs
import io
import os
import re
import tokenize
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path

from switchpoint.analysis.files.regular_file import Unreadable, read_regular

SOURCE_LIMIT = 8 * 2**20
# Their decoders take quadratic time, which a hostile file would use.
_SLOW_ENCODINGS = frozenset({"idna", "punycode"})
_LINE_END = re.compile(rb"\r\n|\r|\n")


@dataclass(frozen=True, slots=True)
class Source:
    """A file's text, or None and why. Exactly one of the two is None."""

    text: str | None
    problem: str | None


def read_source(path: Path) -> Source:
    """The text at `path`; never raises and never blocks."""
    try:
        return decode_source(read_regular(path, SOURCE_LIMIT))
    except Unreadable as error:
        return Source(None, str(error))


def decode_source(data: bytes) -> Source:
    """The text that these bytes are as Python source."""
    if b"\0" in data:
        return Source(None, "contains NUL bytes: it is binary, or text in an encoding that Python does not read")
    try:
        encoding = _encoding(data)
        return Source(data.decode(encoding), None)
    except UnicodeDecodeError as error:
        return Source(None, _undecodable(data, error))
    except (SyntaxError, LookupError, UnicodeError) as error:
        return Source(None, f"cannot be decoded: {error}")


def content_key(text: str) -> str:
    """A name for this very text, equal on every machine."""
    return blake2b(text.encode("utf-8", "surrogatepass"), digest_size=20).hexdigest()


def code_key(folder: Path) -> str:
    """A name for all the Python code in a folder and below it; "" when some of it cannot be read."""
    texts: list[str] = []
    for place, folders, files in os.walk(folder):
        folders.sort()
        for name in sorted(name for name in files if name.endswith(".py")):
            text = read_source(Path(place, name)).text
            if text is None:
                return ""
            texts += (name, text)
    return content_key("\0".join(texts))


def _encoding(data: bytes) -> str:
    # Normalised to line feeds, because an old Mac file would be one line to the reader of cookies.
    head = _LINE_END.sub(b"\n", data[:4096])
    encoding, _ = tokenize.detect_encoding(io.BytesIO(head).readline)
    if codecs.lookup(encoding).name in _SLOW_ENCODINGS:
        raise LookupError(f"source in the encoding {encoding} is not read")
    return encoding


def _undecodable(data: bytes, error: UnicodeDecodeError) -> str:
    line = len(_LINE_END.findall(data, 0, error.start)) + 1
    return f"byte 0x{data[error.start]:02x} on line {line} is not valid {error.encoding}"
