"""Run as a task, and Await inline: what becomes of programs, and when nothing may."""

from __future__ import annotations

import platform
import sys
import textwrap
from pathlib import Path

import pytest

from refactor.bench import Bench, printed, project
from switchpoint.analysis import Workspace
from switchpoint.refactor import Kind, Refusal

HEAD = """\
import asyncio

async def child(name="child"):
    print(name, "starts")
    await asyncio.sleep(0)
    print(name, "ends")
    return name

async def other():
    print("other starts")
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    print("other ends")

class Slow:
    async def __aenter__(self): ...

    async def __aexit__(self, *_):
        await asyncio.sleep(0)

async def quiet():
    return 1

"""
TAIL = "\nasyncio.run(main())\n"


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """One for all, so that the library is analysed once."""
    folder = tmp_path_factory.mktemp("tasks")
    (folder / "case.py").touch()
    return Workspace([folder])


def opened(workspace: Workspace, text: str) -> Bench:
    [path] = workspace.files()
    workspace.set_text(path, text)
    return Bench(workspace, path)


def main(body: str) -> str:
    return HEAD + "async def main():\n" + textwrap.indent(textwrap.dedent(body).strip("\n"), "    ") + "\n"


RUN_AS_TASK = {
    "alone": (
        """
        # before
        await child()  # beside
        # after
        await other()
        """,
        """
        # before
        task = asyncio.create_task(child())  # beside
        # after
        await other()
        """,
    ),
    "several lines": (
        """
        await child(
            # the name
            "x",
        )
        await other()
        """,
        """
        task = asyncio.create_task(child(
            # the name
            "x",
        ))
        await other()
        """,
    ),
    "in a group": (
        """
        async with asyncio.TaskGroup() as group:
            for name in "ab":
                await child(name)
            await other()
        """,
        """
        async with asyncio.TaskGroup() as group:
            for name in "ab":
                group.create_task(child(name))
            await other()
        """,
    ),
    "a name that is taken": (
        """
        task = 1
        if task: await child(); print(task)
        await other()
        """,
        """
        task = 1
        if task: task_2 = asyncio.create_task(child()); print(task)
        await other()
        """,
    ),
    "before the exit of a block": (
        """
        if True:
            pass
        elif print():
            await child()
        async with Slow():
            pass
        """,
        """
        if True:
            pass
        elif print():
            task = asyncio.create_task(child())
        async with Slow():
            pass
        """,
    ),
}


@pytest.mark.parametrize(("before", "after"), [pytest.param(*pair, id=name) for name, pair in RUN_AS_TASK.items()])
def test_run_as_task(workspace: Workspace, before: str, after: str) -> None:
    bench = opened(workspace, main(before))
    assert bench.done(Kind.RUN_AS_TASK, "await child(") == {bench.path.name: main(after)}


def test_what_was_released_is_not_held(workspace: Workspace) -> None:
    turn = "await lock.acquire()\nlock.release()"
    body = f"lock = asyncio.Lock()\n{turn}\nawait child()\n{turn}"
    assert opened(workspace, main(body)).done(Kind.RUN_AS_TASK, "await child()")


def test_a_task_runs_beside_the_rest(workspace: Workspace) -> None:
    text = main("await child()\nawait other()") + TAIL
    [changed] = opened(workspace, text).done(Kind.RUN_AS_TASK, "await child()").values()
    assert printed(text) == "child starts\nchild ends\nother starts\nother ends\n"
    assert printed(changed) == "other starts\nchild starts\nchild ends\nother ends\n"


REFUSED_AS_TASK = {
    "value": ("x = await child()#\nawait other()", Refusal.VALUE_USED),
    "argument": ("print(await child())#\nawait other()", Refusal.VALUE_USED),
    "returned": ("await other()\nreturn await child()#", Refusal.VALUE_USED),
    "future": ("future = asyncio.Future()\nawait future#\nawait other()", Refusal.NOT_A_COROUTINE),
    "future from a call": ("await asyncio.gather(child())#\nawait other()", Refusal.NOT_A_COROUTINE),
    "unknown": ("await print.thing()#\nawait other()", Refusal.NOT_A_COROUTINE),
    "with": ("with open('x') as file:\n    await child(file)#\nawait other()", Refusal.INSIDE_WITH),
    "lock": ("async with asyncio.Lock():\n    await child()#\nawait other()", Refusal.INSIDE_WITH),
    "acquired": (
        "lock = asyncio.Lock()\nawait lock.acquire()\nawait child()#\nlock.release()\nawait other()",
        Refusal.HELD,
    ),
    "acquired in a group": (
        "self = asyncio\nasync with asyncio.TaskGroup() as group:\n    if await self.lock.acquire():\n"
        "        await child()#\n    self.lock.release()",
        Refusal.HELD,
    ),
    "group is not last": (
        "async with asyncio.TaskGroup() as group, asyncio.Lock():\n    await child()#\nawait other()",
        Refusal.INSIDE_WITH,
    ),
    "group is rebound": (
        "async with asyncio.TaskGroup() as group:\n    group = 1\n    await child()#\nawait other()",
        Refusal.INSIDE_WITH,
    ),
    "with in a group": (
        "async with asyncio.TaskGroup() as group:\n    with open('x') as file:\n        await child(file)#",
        Refusal.INSIDE_WITH,
    ),
    "try": ("try:\n    await child()#\nexcept ValueError:\n    pass\nawait other()", Refusal.INSIDE_TRY),
    "loop": ("for x in 'ab':\n    await child(x)#\nawait other()", Refusal.INSIDE_LOOP),
    "spinning in a group": (
        "async with asyncio.TaskGroup() as group:\n    while True:\n        await child()#",
        Refusal.SPINNING,
    ),
    "nothing after": ("await other()\nawait child()#", Refusal.NOTHING_AFTER),
    "nothing after that switches": ("await child()#\nawait quiet()", Refusal.NOTHING_AFTER),
    "switch in another branch": (
        "if quiet:\n    await child()#\nelse:\n    await other()",
        Refusal.NOTHING_AFTER,
    ),
    "switch in another case": (
        "match quiet:\n    case 1:\n        await child()#\n    case _:\n        await other()",
        Refusal.NOTHING_AFTER,
    ),
    "switch below a return": ("if quiet:\n    await child()#\n    return\nawait other()", Refusal.NOTHING_AFTER),
    "switch in another function": ("await child()#\nasync def later():\n    await other()", Refusal.NOTHING_AFTER),
}


@pytest.mark.parametrize(("body", "refusal"), [pytest.param(*pair, id=name) for name, pair in REFUSED_AS_TASK.items()])
def test_run_as_task_is_refused(workspace: Workspace, body: str, refusal: Refusal) -> None:
    """The await of the line that ends in a comment is pointed at."""
    text = main(body)
    marked = next(line for line in body.splitlines() if line.endswith("#"))
    found = opened(workspace, text).one(Kind.RUN_AS_TASK, marked[marked.index("await") :])
    assert found.refusal is refusal, found
    assert found.edits == ()
    assert found.sentence


def test_without_asyncio_it_is_not_known_who_runs_it(workspace: Workspace) -> None:
    text = "import trio\n" + HEAD.replace("import asyncio\n", "from asyncio import sleep\n").replace("asyncio.", "")
    bench = opened(workspace, text + "async def main():\n    await child()\n    await other()\n")
    assert bench.one(Kind.RUN_AS_TASK, "await child()").refusal is Refusal.NO_ASYNCIO


def test_a_star_below_an_import_can_be_anything(workspace: Workspace) -> None:
    text = main("await child()\nawait other()")
    below = text.replace("import asyncio\n", "import asyncio\nfrom other import *\n", 1)
    assert opened(workspace, below).one(Kind.RUN_AS_TASK, "await child(").refusal is Refusal.NO_ASYNCIO
    above = text.replace("import asyncio\n", "from other import *\nimport asyncio\n", 1)
    assert opened(workspace, above).one(Kind.RUN_AS_TASK, "await child(").refusal is None


def test_another_librarys_event_loop(tmp_path: Path) -> None:
    """What switches into it is no task of asyncio's, though asyncio is imported for something else."""
    text = (
        "import asyncio\nimport loops\n\n\nasync def work():\n    await loops.sleep()\n\n\n"
        "async def main():\n    await work()\n    await loops.sleep()\n\n\n"
        "async def mixed():\n    await work()\n    await asyncio.sleep(0)\n"
    )
    library = "import types\n\n\n@types.coroutine\ndef sleep():\n    yield 'sleep'\n"
    bench = installed(tmp_path, text, library)
    assert bench.one(Kind.RUN_AS_TASK, "await work()\n    await loops").refusal is Refusal.OTHER_LOOP
    assert bench.one(Kind.RUN_AS_TASK, "await work()\n    await asyncio").refusal is None


def installed(folder: Path, text: str, library: str) -> Bench:
    """A program beside an environment in which `loops` is installed."""
    version = f"python{sys.version_info[0]}.{sys.version_info[1]}"
    config = f"home = {Path(sys.base_prefix, 'bin')}\nversion = {platform.python_version()}\n"
    site = f".venv/lib/{version}/site-packages/loops.py"
    return project(folder, {"case.py": text, ".venv/pyvenv.cfg": config, site: library})


def test_asyncio_under_other_names(workspace: Workspace) -> None:
    text = main("await child()\nawait other()")
    other = text.replace(
        "import asyncio\n", "import asyncio\nimport asyncio as aio\nfrom asyncio import create_task as go\n"
    )
    shadowed = other + "\ndef f(asyncio): ...\n"
    assert (
        "    task = aio.create_task(child())\n"
        in opened(workspace, shadowed).done(Kind.RUN_AS_TASK, "await child()")["case.py"]
    )
    shadowed += "\ndef g(aio): ...\n"
    assert "    task = go(child())\n" in opened(workspace, shadowed).done(Kind.RUN_AS_TASK, "await child()")["case.py"]


AWAIT_INLINE = {
    "unkept": ("asyncio.create_task(child())  # go", "await child()  # go"),
    "kept, unused": ("task = asyncio.create_task(child())\nawait other()", "await child()\nawait other()"),
    "awaited at once": ("x = await asyncio.create_task(child())", "x = await child()"),
    "awaited later": (
        "task = asyncio.create_task(child())\nawait other()\n# then\nprint(1)\nawait task\nprint(2)",
        "await child()\nawait other()\n# then\nprint(1)\nprint(2)",
    ),
    "awaited with a comment": (
        "task = asyncio.create_task(child())\nawait task  # now",
        "await child()\npass  # now",
    ),
    "value used": (
        "task = asyncio.create_task(child())\nawait other()\nprint(await task)\nawait task",
        "task = await child()\nawait other()\nprint(task)",
    ),
    "in a group": (
        "async with asyncio.TaskGroup() as group:\n    group.create_task(child())",
        "async with asyncio.TaskGroup() as group:\n    await child()",
    ),
    "what comes between has nothing of it": (
        "word, other = [], []\nt = asyncio.create_task(child(word))\nword = other\nother.append(1)\nawait t",
        "word, other = [], []\nawait child(word)\nword = other\nother.append(1)",
    ),
    "not a call": ("x = child()\nasyncio.create_task(x)", "x = child()\nawait x"),
    "a choice": (
        "asyncio.create_task(child() if HEAD else child())",
        "await (child() if HEAD else child())",
    ),
}


@pytest.mark.parametrize(("before", "after"), [pytest.param(*pair, id=name) for name, pair in AWAIT_INLINE.items()])
def test_await_inline(workspace: Workspace, before: str, after: str) -> None:
    bench = opened(workspace, main(before))
    at = "create_task(x)" if "(x)" in before else "create_task(child("
    assert bench.done(Kind.AWAIT_INLINE, at) == {bench.path.name: main(after)}


@pytest.mark.parametrize("before", ["alone", "several lines", "in a group"])
def test_inverse(workspace: Workspace, before: str) -> None:
    text = main(RUN_AS_TASK[before][0])
    [there] = opened(workspace, text).done(Kind.RUN_AS_TASK, "await child(").values()
    [back] = opened(workspace, there).done(Kind.AWAIT_INLINE, "create_task(child(").values()
    assert back == text


REFUSED_INLINE = {
    "fed later": (
        "queue = asyncio.Queue()\ntask = asyncio.create_task(child(queue))\nqueue.put_nowait(1)\nawait task",
        Refusal.SHARED,
    ),
    "set later": (
        "event = asyncio.Event()\nasyncio.create_task(child(event))\nevent.set()",
        Refusal.SHARED,
    ),
    "fed in the next turn": (
        "queue = []\nwhile print():\n    queue.append(1)\n    asyncio.create_task(child(queue))",
        Refusal.SHARED,
    ),
    "cancelled": ("task = asyncio.create_task(child())\ntask.cancel()", Refusal.TASK_USED),
    "kept in an object": ("main.task = asyncio.create_task(child())", Refusal.TASK_USED),
    "in a list": ("tasks = [asyncio.create_task(child())]", Refusal.TASK_USED),
    "used inside": (
        "task = asyncio.create_task(child())\nasync def inner():\n    await task\nawait inner()",
        Refusal.TASK_USED,
    ),
    "awaited before": (
        "while True:\n    if print(): await task\n    task = asyncio.create_task(child())",
        Refusal.TASK_USED,
    ),
    "assigned twice": ("task = None\ntask = asyncio.create_task(child())\nawait task", Refusal.TASK_USED),
    "named": ("asyncio.create_task(child(), name='x')", Refusal.TASK_OPTIONS),
    "awaited behind its loop": (
        "for x in 'ab':\n    task = asyncio.create_task(child(x))\nawait task",
        Refusal.STARTED_IN_LOOP,
    ),
    "other handlers": (
        "task = asyncio.create_task(child())\ntry:\n    await task\nfinally:\n    print()",
        Refusal.OTHER_BLOCK,
    ),
}


@pytest.mark.parametrize(("body", "refusal"), [pytest.param(*pair, id=name) for name, pair in REFUSED_INLINE.items()])
def test_await_inline_is_refused(workspace: Workspace, body: str, refusal: Refusal) -> None:
    found = opened(workspace, main(body)).one(Kind.AWAIT_INLINE, "create_task(child(")
    assert found.refusal is refusal, found
    assert found.edits == ()


ENDLESS = {
    "while True": ("while True:\n    await other()", True),
    "while 1 in a try": ("try:\n    while 1:\n        await other()\nfinally:\n    print()", True),
    "a break of another loop": ("while True:\n    for x in 'ab':\n        break", True),
    "a return of another function": ("while True:\n    def f(): return 1", True),
    "a break": ("while True:\n    if quiet:\n        break", False),
    "a break in the else of another loop": ("while True:\n    for x in 'ab': ...\n    else:\n        break", False),
    "a return": ("while True:\n    return 1", False),
    "a condition": ("while quiet:\n    await other()", False),
    "a loop of another function": ("async def f():\n    while True: ...\nreturn f", False),
}


@pytest.mark.parametrize(("body", "is_endless"), [pytest.param(*pair, id=name) for name, pair in ENDLESS.items()])
def test_an_endless_task_is_not_awaited(workspace: Workspace, body: str, is_endless: bool) -> None:
    endless = main(body).replace("async def main()", "async def endless()").replace(HEAD, "")
    bench = opened(workspace, HEAD + endless + "\n\nasync def main():\n    asyncio.create_task(endless())\n")
    refusal = bench.one(Kind.AWAIT_INLINE, "create_task(endless").refusal
    assert refusal is (Refusal.ENDLESS if is_endless else None)


def test_only_a_coroutine_awaits(workspace: Workspace) -> None:
    text = HEAD + "def main():\n    asyncio.create_task(child())\n"
    assert opened(workspace, text).one(Kind.AWAIT_INLINE, "create_task(ch").refusal is Refusal.NOT_IN_COROUTINE


def test_what_is_not_there_is_not_proposed(workspace: Workspace) -> None:
    text = main("await child()\nawait other()\nprint('x')")
    assert opened(workspace, text).proposals("print('x')") == ()
    assert opened(workspace, text + "\nx = (\n").proposals("await child()") == ()


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_columns_and_line_ends(workspace: Workspace, end: str) -> None:
    before = main('x = "😀é"; await child("🙂")  # 数\nawait other()').replace("\n", end)
    after = main('x = "😀é"; task = asyncio.create_task(child("🙂"))  # 数\nawait other()').replace("\n", end)
    bench = opened(workspace, before)
    assert bench.done(Kind.RUN_AS_TASK, "await child(") == {bench.path.name: after}
    [edit] = bench.one(Kind.RUN_AS_TASK, "await child(").edits[0].edits
    assert edit.span.line == edit.span.end_line


def test_the_workspace_is_left_as_it_was(workspace: Workspace) -> None:
    text = main("await child()\nawait other()")
    bench = opened(workspace, text)
    before = workspace.report(bench.path)
    bench.done(Kind.RUN_AS_TASK, "await child()")
    assert workspace.text(bench.path) == text
    assert workspace.report(bench.path) == before
