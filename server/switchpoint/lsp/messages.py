"""What the protocol's process and the analysis' process say to each other: plain picklable data.

In: nothing. Out: the messages, both directions. This module must not import anything heavy: it is loaded before
everything else by both processes.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from switchpoint.features.edits import Edit
    from switchpoint.features.shifting import Hints
    from switchpoint.lsp.units import Encoding
    from switchpoint.settings import Settings

Plain: TypeAlias = "bool | int | float | str | list[Plain] | dict[str, Plain] | None"
Place = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Folder:
    """A workspace folder with the editor's settings for it."""

    path: str
    settings: Settings


@dataclass(frozen=True, slots=True)
class Configure:
    """The folders and how the client counts columns. `default` holds for files outside every folder."""

    folders: tuple[Folder, ...]
    default: Settings
    encoding: Encoding
    markdown: bool


@dataclass(frozen=True, slots=True)
class Opened:
    """A module is open in the editor; for a notebook `cells` are its documents, by uri and number of lines."""

    key: str
    path: str
    version: int
    text: str
    cells: tuple[tuple[str, int], ...]
    is_notebook: bool


@dataclass(frozen=True, slots=True)
class Changed:
    """A module was edited, in this order. A change of a notebook's cells is told as `Opened` again."""

    key: str
    version: int
    edits: tuple[Edit, ...]


@dataclass(frozen=True, slots=True)
class Closed:
    key: str


@dataclass(frozen=True, slots=True)
class DiskChanged:
    """Watched files were created, changed or deleted."""

    paths: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Seen:
    """The editor asked for the hints of these lines of a module (from 1, both included): somebody looks at them."""

    key: str
    first: int
    last: int


@dataclass(frozen=True, slots=True)
class Begin:
    """The first message to a worker that follows others: how many changes those were told."""

    changes: int


@dataclass(frozen=True, slots=True)
class Pause:
    """The user cancelled the analysis of a module; the next edit starts it again."""

    key: str


@dataclass(frozen=True, slots=True)
class Cancel:
    ask: int


@dataclass(frozen=True, slots=True)
class HoverAt:
    key: str
    version: int
    line: int
    col: int


@dataclass(frozen=True, slots=True)
class ResolveHint:
    """`kind`, `line` and `col` are the key of the hint's site."""

    key: str
    version: int
    kind: str
    line: int
    col: int


@dataclass(frozen=True, slots=True)
class LensesOf:
    key: str
    uri: str
    version: int


@dataclass(frozen=True, slots=True)
class HighlightsAt:
    key: str
    version: int
    line: int
    col: int


@dataclass(frozen=True, slots=True)
class HierarchyAt:
    key: str
    version: int
    line: int
    col: int


@dataclass(frozen=True, slots=True)
class Down:
    """Where a function of a file may switch."""

    path: str
    name: str


@dataclass(frozen=True, slots=True)
class Up:
    """Who may switch because of a function of a file."""

    path: str
    name: str


@dataclass(frozen=True, slots=True)
class WhyAt:
    """The places of a site's chain, for a command such as "show why"."""

    key: str
    version: int
    line: int
    col: int


@dataclass(frozen=True, slots=True)
class SitesOf:
    """Every site of a module, for commands such as "next switch point"."""

    key: str
    uri: str
    version: int


@dataclass(frozen=True, slots=True)
class ActionsAt:
    """The code actions at a place."""

    key: str
    version: int
    line: int
    col: int


Request = ActionsAt | HoverAt | ResolveHint | LensesOf | HighlightsAt | HierarchyAt | Down | Up | WhyAt | SitesOf


@dataclass(frozen=True, slots=True)
class Ask:
    ask: int
    request: Request


Change = Configure | Opened | Changed | Closed | DiskChanged
"""What can make any answer another."""

ToWorker = Begin | Change | Pause | Cancel | Ask | Seen


@dataclass(frozen=True, slots=True)
class Ready:
    """The analysis is loaded."""


@dataclass(frozen=True, slots=True)
class Fresh:
    """A module was analysed. `hints` is None when they are what shifting gave. `lenses`: those that the client has are
    others now."""

    key: str
    version: int
    hints: Hints | None
    inline: int
    may_switch: int
    lenses: bool = False


@dataclass(frozen=True, slots=True)
class Early:
    """The first analysis of a module takes long: what is known so far. What is not proved yet may switch."""

    key: str
    version: int
    hints: Hints


@dataclass(frozen=True, slots=True)
class Hovers:
    """All hovers on some lines of a module (from 1, both included), before anybody points there: first and last place,
    and what a request would be answered. The first that has a place counts. They are true after so many changes."""

    key: str
    changes: int
    first: int
    last: int
    found: tuple[tuple[Place, Place, Plain], ...]


@dataclass(frozen=True, slots=True)
class Answer:
    ask: int
    value: Plain


@dataclass(frozen=True, slots=True)
class Gone:
    """The revision that was asked about is no more."""

    ask: int


@dataclass(frozen=True, slots=True)
class Failed:
    ask: int
    text: str


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a long answer is."""

    ask: int
    done: int
    total: int


@dataclass(frozen=True, slots=True)
class Note:
    """Something for the log; `show` also tells the user."""

    text: str
    show: bool = False


@dataclass(frozen=True, slots=True)
class Outgrown:
    """What is known lies on disk by now. The memory that it took stays with this process; another one needs little."""


FromWorker = Ready | Early | Fresh | Hovers | Answer | Gone | Failed | Progress | Note | Outgrown
