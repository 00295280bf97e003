"""Hovers over real verdicts: tiny programs, analysed."""

from __future__ import annotations

from pathlib import Path

import pytest

from switchpoint import explanation, observer
from switchpoint.analysis import Workspace
from switchpoint.features.markup import PLAIN
from switchpoint.settings import DEFAULTS, Settings

PRIMITIVE = """\
import asyncio
from types import coroutine

@coroutine
def switch(): yield

"""
HEAD = PRIMITIVE.count("\n")


def told(folder: Path, source: str, line: int, settings: Settings = DEFAULTS) -> list[str]:
    """The hover of a line of `source`, which follows the few lines of `PRIMITIVE`."""
    path = folder / "a.py"
    path.write_text(PRIMITIVE + source, encoding="utf-8")
    workspace = Workspace([path], cache=False, overrides=settings.overrides, python_version="3.11")
    report = workspace.report(path)
    lines = (PRIMITIVE + source).splitlines()
    nothing = observer.load(folder / "nothing.json")
    place = (line + HEAD, None)
    hover, *_ = explanation.hovers_at(workspace, settings, report, lines, place, seen=nothing, mark=PLAIN)
    return [text.replace(f"{folder.name}/", "") for text in hover.lines]


def test_steps_are_heads_of_what_they_enter(tmp_path: Path) -> None:
    said = told(
        tmp_path,
        """\
class Door:
    async def __aenter__(self): await switch()
    async def __aexit__(self, *_): pass

async def steps():
    async with Door(): pass
    yield 1

async def all_steps():
    async for step in steps():
        print(step)

async def main():
    await all_steps()
""",
        14,
    )
    assert [line.partition(" ")[2] for line in said[1:5]] == [
        f"a.py:{HEAD + 10} async for step in steps() in all_steps",
        f"a.py:{HEAD + 6} entering Door() in steps",
        f"a.py:{HEAD + 2} await switch() in Door.__aenter__",
        "a.py:5 yield in switch, out to the event loop",
    ]


def test_a_chain_does_not_come_back_to_where_it_was(tmp_path: Path) -> None:
    said = told(
        tmp_path,
        """\
class Layer:
    def __init__(self, inner: "Layer | Ground"): self.inner = inner
    async def go(self): await self.inner.go()

class Ground:
    async def go(self): await switch()

async def main():
    await Layer(Layer(Layer(Ground()))).go()
""",
        9,
    )
    steps = [line.partition(" ")[2] for line in said if line[:1].isdigit()]
    assert steps == [
        f"a.py:{HEAD + 3} await self.inner.go() in Layer.go",
        f"a.py:{HEAD + 6} await switch() in Ground.go",
        "a.py:5 yield in switch, out to the event loop",
    ]


@pytest.mark.parametrize(
    ("expression", "said"),
    [
        ("asyncio.gather(child())", "asyncio.gather(child()) switches unless nothing is gathered"),
        ("asyncio.shield(child())", "asyncio.shield(child()) switches only while what it shields is not done"),
        ("asyncio.sleep(1)", "asyncio.sleep(1) switches even for a delay of 0"),
        ("asyncio.Queue().get()", "asyncio.Queue().get() switches only while the queue is empty"),
        ("asyncio.Event().wait()", "asyncio.Event().wait() switches only while the event is not set"),
    ],
)
def test_what_made_a_future_says_when_it_is_done(tmp_path: Path, expression: str, said: str) -> None:
    source = f"async def child(): await switch()\n\nasync def main():\n    await {expression}\n"
    assert told(tmp_path, source, 4)[0].startswith(f"switchpoint: may switch — {said}")


def test_a_claim_says_what_may_run_and_what_would_settle_it(tmp_path: Path) -> None:
    source = """\
class Fast:
    async def run(self): pass

class Slow:
    async def run(self): await switch()

async def main(queue):
    job: Fast = await queue.get()
    await job.run()
    if isinstance(job, Fast):
        await job.run()
"""
    assert told(tmp_path, source, 9)[0] == (
        "switchpoint: may switch — job.run() could not be proved inline: an annotation alone says what stands there "
        "(isinstance would prove it): Slow.run may run"
    )
    assert told(tmp_path, source, 11)[0].startswith("switchpoint: inline")


def test_unknown_names_the_place_and_the_parameter(tmp_path: Path) -> None:
    said = told(
        tmp_path,
        """\
class Response:
    def __init__(self, send): self.send = send
    async def start(self): await self.send()

async def main(response: Response):
    await response.start()
""",
        6,
    )
    assert said[0] == (
        "switchpoint: may switch — response.start() leads to self.send(), which could not be proved inline: "
        "what runs there is up to the caller, who passes send to Response.__init__"
    )
    assert said[1].endswith("await self.send() in Response.start: not resolved")
    own = told(tmp_path, "async def main(callback):\n    await callback()\n", 2)
    assert own[0] == (
        "switchpoint: may switch — callback() could not be proved inline: what runs there is up to the caller, who "
        "passes callback to main"
    )
    # It leads nowhere but to the place that is pointed at.
    assert not [line for line in own if line.startswith("1.")]


OPEN = """\
class App:
    async def startup(self): '''For you to override.'''
    async def send(self): await self.startup()

async def main(app: App):
    await app.send()
    await App().send()
"""


def test_a_proof_names_hooks_and_overrides_on_which_it_rests(tmp_path: Path) -> None:
    said = told(tmp_path, OPEN, 6)
    assert said[0].startswith("switchpoint: inline")
    assert said[-2].startswith("This rests on App.startup, whose body does nothing")
    assert said[-1].startswith("Assumed: Python 3.11, no unseen override of App.startup (nor of 1 more method)")


def test_a_proof_about_an_object_made_here_rests_on_no_override(tmp_path: Path) -> None:
    said = told(tmp_path, "class A:\n    async def f(self): return 1\n\nasync def main():\n    await A().f()\n", 5)
    assert said[-1].startswith("Assumed: Python 3.11")
    assert "override" not in said[-1]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ("quick()", "quick runs later as a task of its own, without a switch once begun"),
        ("quick(), slow()", "quick and slow run later as tasks of their own, interleaved"),
        ("*(slow() for _ in range(3))", "slow runs later as a task of its own, interleaved"),
        ("*[quick(), slow()], callback()", "run later as tasks of their own; where"),
    ],
)
def test_all_that_is_gathered_becomes_tasks(tmp_path: Path, arguments: str, said: str) -> None:
    source = f"""\
async def quick(): pass
async def slow(): await switch()

async def main(callback):
    together = asyncio.gather({arguments})
"""
    assert said in told(tmp_path, source, 5)[0]


def test_signatures_of_overloads_are_no_functions(tmp_path: Path) -> None:
    path = tmp_path / "a.py"
    overload = "from typing import overload\n@overload\nasync def f(x: int): ...\n"
    path.write_text(overload + "async def f(x): pass\n", encoding="utf-8")
    assert [function.span.line for function in Workspace([path], cache=False).report(path).functions] == [4]


@pytest.mark.parametrize("body", ["pass", "raise NotImplementedError", "...", "'''In words.'''"])
def test_a_method_that_does_nothing_says_what_it_is_for(tmp_path: Path, body: str) -> None:
    said = told(tmp_path, f"class App:\n    async def startup(self): {body}\n", 2)
    assert said[0].startswith("switchpoint: inline")
    assert "Its body does nothing: it is there to be overridden, and an override may switch." in said
