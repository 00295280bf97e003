"""Make this a plain function: the whole workspace follows, or nothing does."""

from __future__ import annotations

from pathlib import Path

import pytest

from refactor.bench import printed_by, project
from switchpoint.refactor import Ground, Kind, Refusal, proposals_at

STORE = """\
# What is stored.
async  def load(key, *, twice=False):  # quick
    \"\"\"A value.\"\"\"
    # by its key
    return key + 1 if not twice else await load(await load(key))


class Cache:
    async def _get(self, key): return key

    async def top(self, key):
        return [
            await self._get(each)  # each
            for each in key
        ]
"""

APP = """\
import store
from store import load

class Switch:
    def __await__(self):
        yield

async def main():
    print(await load(1))
    print((await store.load(
        2,  # two
        twice=True,
    )))
    print(await store.Cache().top([1, 2]))
    await Switch()
    return {key: await load(key) for key in range(2)}

for _ in [coroutine := main()]:
    coroutine.send(None)
    try:
        coroutine.send(None)
    except StopIteration as end:
        print(end.value)
"""


def test_function_and_callers_of_every_file(tmp_path: Path) -> None:
    bench = project(tmp_path, {"store.py": STORE, "app.py": APP, "unrelated.py": "load_all = 1\n"})
    before = printed_by(tmp_path, "app.py")
    new = bench.done(Kind.MAKE_PLAIN, "load(key, *")
    assert new == {
        "store.py": STORE.replace("async  def load", "def load").replace(
            "await load(await load(key))", "load(load(key))"
        ),
        "app.py": APP.replace("await load", "load").replace("await store.load", "store.load"),
    }
    for name, text in new.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    assert printed_by(tmp_path, "app.py") == before


def test_private_method(tmp_path: Path) -> None:
    bench = project(tmp_path, {"store.py": STORE, "app.py": APP})
    before = printed_by(tmp_path, "app.py")
    new = bench.done(Kind.MAKE_PLAIN, "def _get")
    assert new == {"store.py": STORE.replace("async def _get", "def _get").replace("await self._get", "self._get")}
    (tmp_path / "store.py").write_text(new["store.py"], encoding="utf-8")
    assert printed_by(tmp_path, "app.py") == before


def test_function_inside_a_function(tmp_path: Path) -> None:
    text = "async def outer():\n    async def load(): return 1\n    return await load()\n\n\ndef load(): ...\n"
    bench = project(tmp_path, {"inner.py": text})
    after = text.replace("    async def load", "    def load").replace("await load", "load")
    assert bench.done(Kind.MAKE_PLAIN, "load(): return") == {"inner.py": after}


def test_edits_touch_only_what_changes(tmp_path: Path) -> None:
    bench = project(tmp_path, {"store.py": STORE, "app.py": APP})
    for file in bench.one(Kind.MAKE_PLAIN, "load(key, *").edits:
        assert all(edit.text == "" for edit in file.edits) or file.path.name == "store.py"
        assert all(edit.span.line == edit.span.end_line for edit in file.edits)


PLAIN = "async def load(key):\n    return key\n\n\nasync def main():\n    await load(1)\n"
MANAGER = "class C:\n    async def __aenter__(self): ...\n    async def __aexit__(self, *_): ...\n\n\n"
SWITCH = "class Switch:\n    def __await__(self):\n        yield\n\n\n"

REFUSED = {
    "may switch": ({"a.py": SWITCH + PLAIN.replace("return key", "await Switch()")}, Refusal.MAY_SWITCH),
    "generator": ({"a.py": PLAIN.replace("return key", "yield key")}, Refusal.GENERATOR),
    "own awaits": ({"a.py": "async def f(): ...\n" + PLAIN.replace("return key", "await f()")}, Refusal.OWN_AWAITS),
    "own block": ({"a.py": MANAGER + PLAIN.replace("return key", "async with C(): return key")}, Refusal.OWN_AWAITS),
    "decorated": ({"a.py": "def d(f): return f\n\n@d\n" + PLAIN}, Refusal.DECORATED),
    "no callers": ({"a.py": PLAIN.partition("\n\n\n")[0] + "\n"}, Refusal.NO_CALLERS),
    "callback": ({"a.py": PLAIN + "    print(load)\n"}, Refusal.OTHER_USE),
    "task": ({"a.py": PLAIN + "    nursery.start_soon(load(2))\n"}, Refusal.OTHER_USE),
    "not awaited at once": ({"a.py": PLAIN + "    x = load(2)\n    await x\n"}, Refusal.OTHER_USE),
    "annotated away": ({"a.py": PLAIN + "    f: object = load\n"}, Refusal.OTHER_USE),
    "callback in another file": ({"a.py": PLAIN, "b.py": "import a\nprint(a.load)\n"}, Refusal.OTHER_USE),
    "by its name": ({"a.py": PLAIN, "b.py": "import a\ngetattr(a, 'load')\n"}, Refusal.OTHER_USE),
    "by its path": ({"a.py": PLAIN, "b.py": "patch('pkg.a.load')\n"}, Refusal.OTHER_USE),
    "renamed": ({"a.py": PLAIN, "b.py": "from a import load as l\n"}, Refusal.OTHER_USE),
    "deleted": ({"a.py": PLAIN + "del load\n"}, Refusal.OTHER_USE),
    "rebound": ({"a.py": PLAIN + "load = print\n"}, Refusal.OTHER_USE),
    "defined twice": ({"a.py": PLAIN + "async def load(): ...\n"}, Refusal.SAME_NAME),
    "the same name elsewhere": ({"a.py": PLAIN, "b.py": "def load(): ...\n"}, Refusal.SAME_NAME),
    "a parameter": ({"a.py": PLAIN, "b.py": "def f(load): ...\n"}, Refusal.SAME_NAME),
    "global": ({"a.py": PLAIN + "def f():\n    global load\n"}, Refusal.SAME_NAME),
    "generator expression": ({"a.py": PLAIN + "    return (await load(x) for x in 'a')\n"}, Refusal.IN_GENERATOR),
    "f-string": ({"a.py": PLAIN + "    return f'{await load(1)}'\n"}, Refusal.NOT_EDITABLE),
    "stops": ({"a.py": PLAIN.replace("return key", "raise StopIteration")}, Refusal.STOPS),
    "may stop": ({"a.py": PLAIN.replace("return key", "return next(key)")}, Refusal.STOPS),
    "may stop by another name": ({"a.py": PLAIN.replace("return key", "step = next\n    step(key)")}, Refusal.STOPS),
    "may stop by its method": ({"a.py": PLAIN.replace("return key", "step = key.__next__\n    step()")}, Refusal.STOPS),
    "no blank before a word": ({"a.py": PLAIN + "    return 1 if await load(1)else 2\n"}, Refusal.NOT_EDITABLE),
    "a comment inside": ({"a.py": PLAIN + "    return (await  # why\n        load(1))\n"}, Refusal.NOT_EDITABLE),
    "somebody else's": (
        {"a.py": PLAIN, "b.py": "async def f(x):\n    await x.load(1)\n"},
        Refusal.UNKNOWN_CALLEE,
    ),
    "one of two": (
        {"a.py": PLAIN + "    f = print\n", "b.py": "from c import a\nasync def f():\n    await a.load(1)\n",
         "c.py": "class a:\n    def __getattr__(self, name): ...\n"},
        Refusal.UNKNOWN_CALLEE,
    ),
    "broken file": ({"a.py": PLAIN, "b.py": "load = (\n"}, Refusal.BROKEN_FILE),
    "stub": ({"a.py": PLAIN, "a.pyi": "async def load(key: int) -> int: ...\n"}, Refusal.SAME_NAME),
    "any attribute": ({"a.py": PLAIN, "b.py": "import a\ndef f(x): return getattr(a, x)\n"}, Refusal.COMPUTED_NAME),
    "any global": ({"a.py": PLAIN + "def f(x): return globals()[x]\n"}, Refusal.COMPUTED_NAME),
    "any of its dictionary": ({"a.py": PLAIN + "def f(x, y): return x.__dict__[y]\n"}, Refusal.COMPUTED_NAME),
    "such attributes": ({"a.py": PLAIN, "b.py": "def f(x, y): return getattr(x, f'lo{y}')\n"}, Refusal.COMPUTED_NAME),
    "such sums": ({"a.py": PLAIN, "b.py": "def f(x, y): return getattr(x, y + 'ad')\n"}, Refusal.COMPUTED_NAME),
    "such formats": ({"a.py": PLAIN, "b.py": "def f(x, y): return getattr(x, 'l%sd' % y)\n"}, Refusal.COMPUTED_NAME),
    "such others": ({"a.py": PLAIN, "b.py": "def f(x, y): getattr(x, 'lo{}'.format(y))\n"}, Refusal.COMPUTED_NAME),
}  # fmt: skip


@pytest.mark.parametrize(("texts", "refusal"), [pytest.param(*pair, id=name) for name, pair in REFUSED.items()])
def test_refused(tmp_path: Path, texts: dict[str, str], refusal: Refusal) -> None:
    found = project(tmp_path, texts).one(Kind.MAKE_PLAIN, "def load(key)")
    assert found.refusal is refusal, found
    assert found.edits == ()
    assert found.sentence


METHOD = """\
class C{bases}:
    async def {name}(self):
        return 1

    async def go(self):
        await self.{name}()
"""

REFUSED_METHODS = {
    "public": ("", "get", "", Refusal.PUBLIC_METHOD),
    "implicit": ("", "__aenter__", "", Refusal.IMPLICIT),
    "bases": ("(Exception)", "_get", "", Refusal.INHERITS),
    "metaclass": ("(metaclass=type)", "_get", "", Refusal.INHERITS),
    "overridden": ("", "_get", "class D(C):\n    async def _get(self): ...\n", Refusal.SAME_NAME),
    "protocol": ("", "_get", "import typing\nclass P(typing.Protocol):\n    def _get(self): ...\n", Refusal.SAME_NAME),
    "set": ("", "_get", "def f(c):\n    c._get = 1\n", Refusal.OTHER_USE),
    "unknown object": ("", "_get", "async def f(c):\n    await c._get()\n", Refusal.UNKNOWN_CALLEE),
}


@pytest.mark.parametrize(
    ("bases", "name", "more", "refusal"), [pytest.param(*one, id=name) for name, one in REFUSED_METHODS.items()]
)
def test_refused_methods(tmp_path: Path, bases: str, name: str, more: str, refusal: Refusal) -> None:
    texts = {"a.py": METHOD.format(bases=bases, name=name) + more}
    assert project(tmp_path, texts).one(Kind.MAKE_PLAIN, f"def {name}").refusal is refusal


def test_names_made_at_run_time_that_are_others(tmp_path: Path) -> None:
    other = "def f(x, y): return getattr(x, f'on_{y}'), getattr(x, y), getattr(x, 'store'), globals()['x' + y]\n"
    assert project(tmp_path, {"a.py": PLAIN, "b.py": other}).one(Kind.MAKE_PLAIN, "async def load").refusal is None


def test_a_file_without_its_folder(tmp_path: Path) -> None:
    bench = project(tmp_path, {"a.py": PLAIN})
    [found] = proposals_at(Ground(bench.workspace, bench.path, is_whole=False), (1, 12))
    assert found.refusal is Refusal.NOT_ALL_FILES
    assert "not all files" in found.sentence


def test_places_of_reasons(tmp_path: Path) -> None:
    found = project(tmp_path, {"a.py": PLAIN, "b.py": "import a\n\nprint(a.load)\n"}).one(Kind.MAKE_PLAIN, "def load")
    assert (found.path, found.line) == (tmp_path / "b.py", 3)
    assert found.sentence.endswith("(b.py:3)")


def test_the_body_is_not_its_head(tmp_path: Path) -> None:
    assert project(tmp_path, {"a.py": PLAIN}).proposals("return key") == ()


EVERYWHERE = """\
async def load(key):
    def inner():
        return next(iter(key))
    return next(iter(key), None)


async def main(x=1):
    y = 1 if await load(1) else 2
    print(not await load(1), -await load(2), await load(3) ** 2, [await load(z) for z in "ab"], *await load([1]))
    x = await   load (1)
    await load(2); await load(3)  # twice
    assert await load(1), await load(2)
    del x[await load(1)]
    if await load(2): pass
    elif await load(3): pass
    while await load(3): break
    with await load(1): pass
    x: int = await(load(1))
    x += await load(1)
    (z := await load(await load(3)))
    match await load(1):
        case 1 if await load(2): pass
    try: await load(1)
    except (await load(2)): pass
    return {await load(1): await load(2)}, {await load(3)}, (await load(1),), x[await load(2):await load(3)]
"""


def test_an_await_in_every_place(tmp_path: Path) -> None:
    """What is left is the same text without the word, and nothing else moved."""
    new = project(tmp_path, {"a.py": EVERYWHERE}).done(Kind.MAKE_PLAIN, "def load(key)")["a.py"]
    wanted = EVERYWHERE.replace("async def load", "def load").replace("await   ", "").replace("await ", "")
    assert new == wanted.replace("await(load(1))", "(load(1))")
