"""Lines of a file that does not parse, taken apart by their indentation.

In: lines. Out: stretches of them that may be statements. This module must not parse anything itself.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

CONTINUES = ("else", "elif", "except", "finally", ")", "]", "}", "#")
"""What no statement begins with."""

_DECORATED = ("@", "def", "async", "class")

Chunk = tuple[int, int]


def depth(line: str) -> int:
    """How far a line is indented."""
    return len(line) - len(line.lstrip())


def is_code(line: str) -> bool:
    """Whether there is more on a line than a comment."""
    return bool(line.strip()) and not line.lstrip().startswith("#")


def chunks(lines: Sequence[str], first: int, last: int, indent: int) -> Iterator[Chunk]:
    """Stretches that begin at a line of at most this indentation that can begin a statement.

    Decorators stay with what they decorate.
    """
    starts: list[int] = []
    decorated = False
    for index in range(first, last):
        line = lines[index]
        stripped = line.lstrip()
        if not stripped or len(line) - len(stripped) > indent or stripped.startswith(CONTINUES):
            continue
        if not decorated or not stripped.startswith(_DECORATED):
            starts.append(index)
        decorated = stripped.startswith("@")
    if not starts or any(is_code(line) for line in lines[first : starts[0]]):
        starts.insert(0, first)
    yield from zip(starts, [*starts[1:], last], strict=True)


def rejoined(lines: Sequence[str], parts: Iterable[Chunk], parses: Callable[[int, int], bool]) -> list[Chunk]:
    """The chunks, those put together again that a string of several lines had been cut into."""
    cut = list(parts)
    odd = [index for index, chunk in enumerate(cut) if _is_odd(lines, chunk)]
    found: list[Chunk] = []
    index = 0
    while index < len(cut):
        while odd and odd[0] < index:
            del odd[0]
        end = odd[1] if len(odd) > 1 and odd[0] == index and _is_one(cut, odd, parses) else index
        found.append((cut[index][0], cut[end][1]))
        index = end + 1
    return found


def _is_one(cut: Sequence[Chunk], odd: Sequence[int], parses: Callable[[int, int], bool]) -> bool:
    """Whether a string goes from the first of the odd chunks to the second, and not from that to the third."""
    opening, closing = cut[odd[0]], cut[odd[1]]
    if parses(opening[0], closing[1]):
        return True
    if len(odd) > 2 and parses(closing[0], cut[odd[2]][1]):
        return False
    return not parses(*closing)


def _is_odd(lines: Sequence[str], chunk: Chunk) -> bool:
    """Whether a string of several lines is opened and not closed, or the other way round."""
    text = "".join(lines[chunk[0] : chunk[1]])
    return text.count('"""') % 2 == 1 or text.count("'''") % 2 == 1
