"""What a tired reviewer reads."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path, PurePath, PurePosixPath, PureWindowsPath

import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.made import HERE
from switchpoint import wording
from switchpoint.analysis import Effect, Footing, Reason, Site, SiteKind, Span, Step, Unresolved, Verdict
from switchpoint.features.markup import MARKDOWN, PLAIN, escaped, one_line
from switchpoint.wording.primitives import CONDITIONS, primitive


@pytest.mark.parametrize("why", Unresolved)
@pytest.mark.parametrize("detail", ["thing.name", "a thing in words"])
def test_every_reason_of_unknown_has_a_sentence(why: Unresolved, detail: str) -> None:
    said = wording.unresolved(PLAIN, Reason((), why, detail))
    assert detail in said
    assert "{" not in said


@pytest.mark.parametrize("sentences", [wording.UNRESOLVED, wording.PROSE])
def test_reasons_of_unknown_differ(sentences: dict[Unresolved, str]) -> None:
    assert set(sentences) == set(Unresolved)
    assert len(set(sentences.values())) == len(Unresolved)


def test_a_name_is_marked_as_code_and_words_are_not() -> None:
    assert "`queue`" in wording.unresolved(MARKDOWN, Reason((), Unresolved.VALUE, "queue"))
    said = wording.unresolved(MARKDOWN, Reason((), Unresolved.VALUE, "the result of an operator"))
    assert "the result of an operator" in said
    assert "`" not in said


def test_a_parameter_is_told_with_the_function_that_takes_it() -> None:
    said = wording.unresolved(PLAIN, Reason((), Unresolved.PARAMETER, "send of Response.__init__"))
    assert said == "what runs there is up to the caller, who passes send to Response.__init__"


@pytest.mark.parametrize("kind", SiteKind)
@pytest.mark.parametrize("effect", Effect)
def test_every_site_has_a_clause_and_a_model(kind: SiteKind, effect: Effect) -> None:
    reason = None if effect is Effect.NEVER else through("asyncio.sleep")
    assert "thing()" in wording.site_clause(PLAIN, site(kind, effect), "thing()", reason)
    assert wording.site_model(site(kind, effect), reason).endswith(".")


def site(kind: SiteKind, effect: Effect) -> Site:
    span = Span(1, 0, 1, 9)
    return Site(HERE, 0, kind, span, "f", effect, span, span)


def through(*names: str) -> Reason:
    return Reason((), through=names)


SLEEPS = "switches even for a delay of 0"
HELD = "switches only while another task holds the lock or waits for it"


@pytest.mark.parametrize(
    ("names", "operand", "said"),
    [
        (["asyncio.sleep"], "asyncio.sleep(0)", f"asyncio.sleep(0) {SLEEPS}"),
        (["asyncio.tasks.sleep"], "sleep(0)", f"sleep(0) {SLEEPS}"),
        (["asyncio.sleep"], "pause()", f"pause() (asyncio.sleep) {SLEEPS}"),
        (["app.child", "asyncio.sleep"], "child()", f"child() can reach asyncio.sleep, which {SLEEPS}"),
        (
            ["asyncio.Queue.get", "asyncio.Future.__await__"],
            "q.get()",
            "q.get() (asyncio.Queue.get) switches only while the queue is empty",
        ),
        (["trio._sync._LockImpl.acquire", "trio._core.checkpoint"], "lock.acquire()",
         "lock.acquire() (trio.Lock.acquire) switches even if the lock is free"),
        (["anyio._backends._asyncio.Event.wait", "asyncio.sleep"], "event.wait()",
         "event.wait() (anyio.Event.wait) switches even if the event is set"),
        (["asyncio.wait_for", "app.child", "asyncio.sleep"], "asyncio.wait_for(child(), 1)",
         f"asyncio.wait_for(child(), 1) can reach asyncio.sleep, which {SLEEPS}"),
        (["asyncio.gather", "asyncio.Future.__await__"], "gather(a())",
         "gather(a()) switches unless nothing is gathered (or all of it is done already, from Python 3.12 on)"),
        (["asyncio.Future.__await__"], "fut", "fut (asyncio.Future) switches only while it is not done"),
        (["app.go", "lib._inner._switch"], "go()", "go() can reach app.go"),
        (["lib._inner._switch"], "go()", "go() can reach lib._switch"),
        ([], "go()", "go() can reach the event loop"),
    ],
)  # fmt: skip
def test_the_name_that_says_most_and_its_condition(names: list[str], operand: str, said: str) -> None:
    await_ = site(SiteKind.AWAIT, Effect.SOMETIMES)
    assert wording.site_clause(PLAIN, await_, operand, through(*names)) == said


def test_entering_is_told_by_the_class() -> None:
    reason = through("asyncio.locks._ContextManagerMixin.__aenter__", "asyncio.Lock.acquire")
    said = wording.site_clause(PLAIN, site(SiteKind.ENTER, Effect.SOMETIMES), "self.lock", reason)
    assert said == f"entering self.lock (asyncio.Lock) {HELD}"
    below = through("app.Door.__aenter__", "app.Door.open", "asyncio.TaskGroup.__aexit__")
    said = wording.site_clause(PLAIN, site(SiteKind.EXIT, Effect.SOMETIMES), "door", below)
    assert said == (
        "leaving door can reach the exit of asyncio.TaskGroup, which switches only while tasks of the group are running"
    )


def test_what_always_switches_is_not_told_a_condition() -> None:
    await_ = site(SiteKind.AWAIT, Effect.ALWAYS)
    said = wording.site_clause(PLAIN, await_, "future", through("asyncio.Future.__await__"))
    assert said == "future (asyncio.Future) always switches here"
    below = through("app.work", "asyncio.Queue.get")
    assert wording.site_clause(PLAIN, await_, "work()", below) == (
        "work() always switches, first perhaps at asyncio.Queue.get, which switches only while the queue is empty"
    )


def test_every_name_with_a_condition_is_found_under_its_own_name() -> None:
    for name, words in CONDITIONS.items():
        found = primitive(through(name))
        assert found is not None
        assert (found.name, found.words, found.direct) == (name, words, True)


def steps(number: int) -> Reason:
    return Reason(
        tuple(
            Step(HERE, Span(line, 0, line, 5), f"await s{line}()", "f", SiteKind.AWAIT) for line in range(1, number + 1)
        )
    )


def test_a_short_chain_is_told_in_full() -> None:
    assert wording.chain(PLAIN, steps(2)) == [
        "1. features/example.py:1 await s1() in f",
        "2. features/example.py:2 await s2() in f",
    ]


@pytest.mark.parametrize(
    ("number", "shown", "left_out"),
    [(6, ["1.", "2.", "3.", "4.", "5.", "6."], ""), (7, ["1.", "2.", "3.", "…", "6.", "7."], "2 more steps"),
     (20, ["1.", "2.", "3.", "…", "18.", "19.", "20."], "14 more steps")],
)  # fmt: skip
def test_a_long_chain_lacks_its_middle(number: int, shown: list[str], left_out: str) -> None:
    told = wording.chain(PLAIN, steps(number))
    assert [line.split(" ")[0] for line in told] == shown
    assert left_out in told[3]


def test_what_is_left_out_is_told_by_package() -> None:
    whole = steps(8)
    inside = HERE.with_name("site-packages") / "anyio" / "_core" / "x.py"
    moved = Reason((*whole.steps[:3], *(replace(step, path=inside) for step in whole.steps[3:6]), *whole.steps[6:]))
    assert wording.chain(PLAIN, moved)[3] == "… 2 more steps through anyio …"


def test_steps_say_what_is_entered_left_and_yielded() -> None:
    span = Span(1, 0, 1, 5)
    reason = Reason(
        (
            Step(HERE, span, "self.lock", "f", SiteKind.ENTER),
            Step(HERE, span, "group()", "f", SiteKind.EXIT),
            Step(HERE, span, "async for x in y", "f", SiteKind.NEXT),
            Step(HERE, span, "yield", "f"),
        )
    )
    assert [line.partition("py:1 ")[2] for line in wording.chain(PLAIN, reason)] == [
        "entering self.lock in f",
        "leaving group() in f",
        "async for x in y in f",
        "yield in f, out to the event loop",
    ]


def test_code_on_several_lines_is_told_on_one() -> None:
    assert wording.clipped("f( a, b, )") == "f(a, b,)"
    assert len(wording.clipped("f(" + "x" * 200 + ")")) == 60


@pytest.mark.parametrize(
    ("path", "shown"),
    [
        (PurePosixPath("/usr/lib/python3.12/asyncio/tasks.py"), "asyncio/tasks.py"),
        (PurePosixPath("/v/lib/python3.13t/site-packages/anyio/_core/x.py"), "anyio/_core/x.py"),
        (PurePosixPath("/usr/lib/python3/dist-packages/six.py"), "six.py"),
        (PureWindowsPath(r"C:\Python312\Lib\asyncio\tasks.py"), "asyncio/tasks.py"),
        (PureWindowsPath(r"C:\v\Lib\site-packages\anyio\x.py"), "anyio/x.py"),
        (PurePosixPath("/home/me/shop/app/orders.py"), "app/orders.py"),
        (PurePosixPath("/orders.py"), "orders.py"),
        (PurePosixPath("/home/me/lib/python3/x.py"), "python3/x.py"),
    ],
)
def test_places_are_told_from_the_package_on(path: PurePath, shown: str) -> None:
    assert wording.short_place(path) == shown


def test_labels() -> None:
    assert [wording.label(verdict) for verdict in Verdict] == ["inline", "may switch"]
    assert [wording.exit_label(verdict) for verdict in Verdict] == ["exit inline", "exit may switch"]


def test_lens() -> None:
    assert wording.lens(2, 1, 0) == "2 switch points · 1 inline await"
    assert wording.lens(0, 0, 3) == "no switch points · started as a task in 3 places"


def test_observed() -> None:
    assert wording.observed(wording.Observed(1532, 0)) == "Observed: switched 0 of 1,532 times."
    capped = "Observed: switched 0 of the 10,000 times counted; it ran at least that often."
    assert wording.observed(wording.Observed(10_000, 0)) == capped


@pytest.mark.parametrize(
    "text",
    ["a`b", "``", "`", "", "[x](command:evil)", "<b>", "a\nb", "\u202ex", "**x**", "x\x00y"],
)
def test_code_cannot_break_out(text: str) -> None:
    shown = MARKDOWN.code(text)
    fence = shown[: len(shown) - len(shown.lstrip("`"))]
    inside = shown[len(fence) : -len(fence)]
    assert shown.endswith(fence)
    assert fence not in inside.replace(" " + "`" * 9, "")
    assert "\n" not in shown
    assert "\x00" not in shown
    assert "\u202e" not in shown


@given(st.text())
def test_no_text_starts_markdown(text: str) -> None:
    shown = escaped(text)
    assert shown.splitlines() in ([], [shown])
    plain = shown.replace("\\\\", "")
    for index, char in enumerate(plain):
        if char in "`*_[]<>!#":
            assert plain[index - 1] == "\\"
    assert one_line(text) == one_line(one_line(text))


def test_an_address_is_no_link() -> None:
    shown = escaped("see https://example.org/x(y).z, WWW.example.org or me@example.org: it's a-b")
    assert shown == r"see https\://example.org/x(y).z, WWW\.example.org or me\@example.org: it's a-b"


def test_places_are_links() -> None:
    path = Path(HERE.anchor) / "a folder" / "it's.py"
    assert MARKDOWN.place(path, 7) == f"[a folder/it's.py:7]({path.as_uri()}#L7)"
    assert PLAIN.place(path, 7) == "a folder/it's.py:7"


def test_the_target_is_always_assumed_and_methods_where_they_matter() -> None:
    none, some = Footing(), Footing(("App.startup",), ("Lock.__aexit__", "Door.close"))
    assert wording.assumptions(PLAIN, wording.Assumptions((3, 11)), none) == "Assumed: Python 3.11."
    assert wording.assumptions(PLAIN, wording.Assumptions((3, 12)), none) == "Assumed: Python 3.12, no eager tasks."
    assert wording.assumptions(PLAIN, wording.Assumptions((3, 11)), some, ["a note"]) == (
        "Assumed: Python 3.11, no unseen override of App.startup (nor of 2 more methods); a note."
    )
    declared = wording.Assumptions((3, 11), overrides="declared")
    assert wording.assumptions(PLAIN, declared, none) == "Assumed: Python 3.11, no method overridden."
