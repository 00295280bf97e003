"""The first analysis of a module tells what it has found while it goes on, what somebody looks at first."""

from __future__ import annotations

import asyncio
import io
import itertools
import pickle
import re
from pathlib import Path
from typing import Any

import pytest

from lsp.editor import Editor, Shown, editing
from lsp.test_session import CHILDREN
from switchpoint.features.edits import Edit
from switchpoint.lsp import worker as worker_module
from switchpoint.lsp.giving_way import FirstAnalysis
from switchpoint.lsp.inbox import Inbox
from switchpoint.lsp.messages import (
    Answer,
    Ask,
    Changed,
    Configure,
    Early,
    Folder,
    Fresh,
    HoverAt,
    Opened,
    Seen,
)
from switchpoint.lsp.worker import Worker
from switchpoint.settings import Settings

TEXT = "import asyncio\n\nasync def quiet(): ...\n\n" + "".join(
    f"async def call{n}():\n    await quiet()\n    await asyncio.sleep(0)\n\n" for n in range(6)
)
PATH = "many.py"


class Desk:
    """The worker in this process: messages go in, and what it says is read from where it writes."""

    def __init__(self, folder: Path) -> None:
        self.key = (folder / PATH).as_uri()
        self.written = io.BytesIO()
        self.worker = Worker(Inbox(), self.written)
        self.version = 1
        self.tell(Configure((Folder(str(folder), Settings()),), Settings(), "utf-16", True))
        lines = TEXT.count("\n") + 1
        self.tell(Opened(self.key, str(folder / PATH), 1, TEXT, ((self.key, lines),), False))

    def tell(self, message: Any) -> None:
        self.worker.inbox.put(message)

    def take(self) -> None:
        for message in self.worker.inbox.take(0):
            self.worker.guarded_take(message)

    def said(self) -> list[Any]:
        data = io.BytesIO(self.written.getvalue())
        found: list[Any] = []
        while data.tell() < len(data.getvalue()):
            found.append(pickle.load(data))
        self.written.seek(0)
        self.written.truncate()
        return found


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Desk:
    monkeypatch.setenv("SWITCHPOINT_CACHE_DIR", str(tmp_path / "kept"))
    monkeypatch.setattr(worker_module, "EARLY_AFTER", 0)
    monkeypatch.setattr(worker_module, "TELL_EVERY", -1)
    made = Desk(tmp_path)
    made.take()
    made.worker.analyse(made.key)
    return made


def inline_lines(message: Early | Fresh) -> list[int]:
    assert message.hints is not None
    return [hint.line for hint in message.hints if hint.label == "inline"]


def test_verdicts_come_one_by_one_and_what_is_looked_at_comes_first(desk: Desk) -> None:
    (places,) = desk.said()
    assert isinstance(places, Early)
    assert {hint.label for hint in places.hints} == {"may switch"}
    desk.tell(Seen(desk.key, 14, 16))
    desk.worker.analyse(desk.key)
    *steps, last = desk.said()
    assert isinstance(last, Fresh)
    shown = [inline_lines(step) for step in steps]
    assert shown[0] == [14]
    assert [len(lines) for lines in shown] == sorted(len(lines) for lines in shown)
    assert shown[-1] == inline_lines(last) == [6 + 4 * n for n in range(6)]


def test_neither_edits_nor_requests_make_a_first_analysis_begin_anew(desk: Desk) -> None:
    desk.said()
    desk.tell(Changed(desk.key, 2, (Edit((1, 0), (1, 0), "#"),)))
    desk.tell(Ask(1, HoverAt(desk.key, 2, 6, 5)))
    desk.worker.analyse(desk.key)
    last = desk.said()[-1]
    assert isinstance(last, Fresh)
    assert last.version == 1
    desk.take()
    ask = desk.worker.answerable()
    assert ask is not None
    desk.worker.serve(ask)
    assert isinstance(desk.said()[-1], Answer)


def test_a_request_about_a_new_module_waits_for_its_first_analysis(desk: Desk) -> None:
    desk.said()
    desk.tell(Ask(1, HoverAt(desk.key, 1, 6, 5)))
    desk.take()
    assert desk.worker.answerable() is None
    desk.worker.analyse(desk.key)
    ask = desk.worker.answerable()
    assert ask is not None
    assert ask.ask == 1


def test_another_module_is_not_kept_waiting(desk: Desk, tmp_path: Path) -> None:
    desk.said()
    desk.tell(Opened((tmp_path / "other.py").as_uri(), str(tmp_path / "other.py"), 1, "", (), False))
    desk.worker.analyse(desk.key)
    assert not [message for message in desk.said() if isinstance(message, Fresh)]


@pytest.mark.asyncio
async def test_a_hint_changes_once_to_its_final_verdict(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Over the wire: whatever is shown on the way, no hint goes back."""
    monkeypatch.setenv("SWITCHPOINT_CACHE_DIR", str(tmp_path / "kept"))
    more = "".join(
        f"\n\nasync def use{n}():\n    await quiet()\n    await asyncio.{what}\n"
        for n, what in enumerate(
            ("Queue().get()", "open_connection('h', 1)", "create_subprocess_exec('x')", "sleep(1)")
        )
    )
    async with editing(tmp_path) as editor:
        editor.hasty = True
        uri = editor.open("some.py", CHILDREN + more)
        seen: list[list[Shown]] = []

        async def final() -> bool:
            seen.append(await editor.hints(uri))
            return any(told.uri == uri and not told.busy for told in editor.status)

        await editor.until(final)
        seen.append(await editor.hints(uri))
        for verdicts in zip(*([label for _, label in hints] for hints in seen), strict=True):
            changes = [a for a, b in itertools.pairwise(verdicts) if a != b]
            assert changes in ([], ["may switch"]), verdicts
        assert [label for what, label in seen[-1] if what == "await quiet()"] == ["inline"] * 5
        await asyncio.sleep(0)


MORE = "".join(
    f"\n\nasync def use{n}():\n    await quiet()\n    await asyncio.{what}\n"
    for n, what in enumerate(("Queue().get()", "open_connection('h', 1)", "sleep(1)"))
)


def test_a_new_module_shows_where_its_hints_will_be_even_if_it_has_to_wait(desk: Desk, tmp_path: Path) -> None:
    desk.said()
    desk.worker.firsts[desk.key].anew = 1_000_000
    new, text = (tmp_path / "new.py").as_uri(), "\nasync def f():\n    await f()\n"
    desk.tell(Opened(new, str(tmp_path / "new.py"), 7, text, ((new, 4),), False))
    desk.worker.analyse(desk.key)
    first, *_, last = desk.said()
    assert isinstance(first, Early)
    assert (first.key, first.version) == (new, 7)
    assert [(hint.line, hint.label) for hint in first.hints] == [(3, "may switch")]
    assert isinstance(last, Fresh)
    assert last.key == desk.key


@pytest.mark.asyncio
async def test_two_new_modules_and_a_restless_pointer_lose_no_work(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Hovers over modules that wait for their first analysis wait as well: neither module begins anew for them."""
    monkeypatch.setenv("SWITCHPOINT_CACHE_DIR", str(tmp_path / "kept"))
    # Settings that come later than the modules would hold up the first of them, too.
    async with editing(tmp_path, configuration=False, settings={"logLevel": "debug"}) as editor:
        editor.hasty = True
        uris = [editor.open(name, CHILDREN + MORE) for name in ("one.py", "two.py")]
        hovers = await restless(editor, uris)
        assert all("switchpoint: " in text for text in hovers)
        assert len(hovers) > len(uris)
        told = await logged(editor, capsys, len(uris))
    assert sorted(name for name, *_ in told) == ["one", "two"]
    # The first can have been under way when the second was opened: that is shown at once.
    assert sum(int(stops) for *_, stops in told) <= 1
    assert all(int(anew) < int(steps) / 4 for _, steps, anew, _ in told)


async def logged(editor: Editor, capsys: pytest.CaptureFixture[str], count: int) -> list[tuple[str, ...]]:
    """What the log says of so many first analyses; it comes on a way of its own, later than answers do."""
    log: list[str] = []
    told: list[tuple[str, ...]] = []

    async def there() -> bool:
        log.append(capsys.readouterr().err)
        told[:] = re.findall(r"(\w+)\.py: (\d+) steps, (\d+) of them anew after (\d+) stops", "".join(log))
        return len(told) >= count

    await editor.until(there)
    return told


async def restless(editor: Editor, uris: list[str]) -> list[str]:
    """Hovers over one module after the other until both have their verdicts."""
    asked: list[asyncio.Task[str]] = []

    async def final() -> bool:
        asked.append(asyncio.create_task(editor.hover(uris[len(asked) % 2], "await quiet")))
        return {told.uri for told in editor.status if not told.busy} == set(uris)

    await editor.until(final)
    return await asyncio.gather(*asked)


def test_what_can_be_answered_and_a_first_analysis_take_turns(desk: Desk, tmp_path: Path) -> None:
    """However often something else is asked about a module that has its verdicts, the other one gets its own; and what
    is asked is not kept waiting until then."""
    desk.worker.analyse(desk.key)
    done, new = desk.key, (tmp_path / "new.py").as_uri()
    desk.tell(Opened(new, str(tmp_path / "new.py"), 1, CHILDREN + MORE, ((new, 20),), False))
    desk.take()
    desk.said()
    first = desk.worker.firsts[new] = FirstAnalysis()
    while desk.worker.desk.is_first(new):
        desk.tell(Ask(first.stops, HoverAt(done, 1, 6, 5)))
        desk.worker.analyse(new)
        desk.take()
        ask = desk.worker.answerable()
        assert ask is not None
        desk.worker.serve(ask)
        assert isinstance(desk.said()[-1], Answer)
    assert first.stops > 1
    assert first.anew < first.steps / 2
