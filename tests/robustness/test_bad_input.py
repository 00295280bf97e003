"""Bad input through the command line: one clear message each, and the rest goes on."""

from __future__ import annotations

import os
import sys
import threading
from pathlib import Path
from typing import Any

import pytest

from cli.program import Done, run

FINE = """\
from types import coroutine

async def fine():
    await switch()

@coroutine
def switch(): yield
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with one good file, which must be judged whatever else lies there."""
    (tmp_path / "fine.py").write_text(FINE, encoding="utf-8")
    return tmp_path


def check(folder: Path) -> Done:
    done = run("check", folder, "--format", "json")
    assert done.code == 0, done.err
    assert "Traceback" not in done.err
    assert sites_of(done, "fine.py"), "the rest goes on"
    return done


def sites_of(done: Done, name: str) -> list[dict[str, Any]]:
    return [site for site in done.json["sites"] if Path(site["file"]).name == name]


def problems_of(done: Done, name: str) -> list[str]:
    return [problem["text"] for problem in done.json["problems"] if Path(problem["file"]).name == name]


def test_empty_file(folder: Path) -> None:
    (folder / "empty.py").write_bytes(b"")
    assert check(folder).json["problems"] == []


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(bytes(range(256)) * 40, id="every byte"),
        pytest.param(b"async def f():\n    await f()\n\x00", id="a null byte"),
        pytest.param(b"\x7fELF\x02\x01\x01" + b"\x00" * 4096, id="a program"),
        pytest.param("async def f(): ...".encode("utf-16"), id="UTF-16"),
        pytest.param(b"# coding: no-such-codec\nasync def f(): ...\n", id="an unknown encoding"),
        pytest.param(b"async def f():\n    await \xff()\n", id="invalid UTF-8"),
    ],
)
def test_no_text(folder: Path, data: bytes) -> None:
    (folder / "data.py").write_bytes(data)
    texts = problems_of(check(folder), "data.py")
    assert len(texts) == 1
    assert texts[0].strip()
    assert "\n" not in texts[0]


def test_fifty_thousand_lines(folder: Path) -> None:
    function = "async def f{0}(flag):\n    if flag:\n        await f{0}(False)\n    return flag\n\n"
    (folder / "long.py").write_text("".join(function.format(number) for number in range(10_000)), encoding="utf-8")
    done = check(folder)
    assert len(sites_of(done, "long.py")) == 10_000
    assert {site["effect"] for site in sites_of(done, "long.py")} == {"never"}


def test_chain_of_calls_deeper_than_the_stack(folder: Path) -> None:
    calls = "".join(f"async def f{n}():\n    await f{n + 1}()\n\n" for n in range(5_000))
    (folder / "deep.py").write_text(f"{calls}async def f5000(): ...\n", encoding="utf-8")
    assert {site["effect"] for site in sites_of(check(folder), "deep.py")} == {"never"}


@pytest.mark.parametrize(
    "expression",
    [
        pytest.param("(" * 500 + "1" + ")" * 500, id="parentheses"),
        pytest.param("[" * 90 + "]" * 90, id="lists"),
        pytest.param("-" * 5_000 + "1", id="signs"),
        pytest.param(" + ".join(["1"] * 20_000), id="sums"),
        pytest.param("f" + "()" * 3_000, id="calls"),
        pytest.param("f" + ".a" * 3_000, id="attributes"),
        pytest.param("lambda: " * 90 + "1", id="lambdas"),
    ],
)
def test_deep_nesting(folder: Path, expression: str) -> None:
    text = f"async def f():\n    await g({expression})\n\nasync def g(x): ...\n"
    (folder / "nested.py").write_text(text, encoding="utf-8")
    done = check(folder)
    texts = problems_of(done, "nested.py")
    assert len(texts) <= 1
    assert texts or sites_of(done, "nested.py"), "judged or refused, never silent"


def test_deep_blocks(folder: Path) -> None:
    depth = 95
    lines = [f"{' ' * level}if x:" for level in range(1, depth)] + [f"{' ' * depth}await f(x)"]
    (folder / "blocks.py").write_text("async def f(x):\n" + "\n".join(lines) + "\n", encoding="utf-8")
    done = check(folder)
    assert problems_of(done, "blocks.py") or sites_of(done, "blocks.py")


@pytest.mark.parametrize(
    "classes",
    [
        pytest.param("class A(A): ...\n", id="itself"),
        pytest.param("class A(B): ...\nclass B(A): ...\n", id="each other"),
        pytest.param("class A: ...\nclass B(A): ...\nclass A(B): ...\n", id="its own child"),
        pytest.param(
            "class X: ...\nclass Y: ...\nclass P(X, Y): ...\nclass Q(Y, X): ...\nclass A(P, Q): ...\n", id="no order"
        ),
        pytest.param("class A(metaclass=A): ...\n", id="its own metaclass"),
    ],
)
def test_impossible_inheritance(folder: Path, classes: str) -> None:
    use = "async def f(a: A):\n    await a.m()\n    async with a:\n        await A().n()\n"
    (folder / "family.py").write_text(classes + use, encoding="utf-8")
    effects = {site["effect"] for site in sites_of(check(folder), "family.py")}
    assert effects == {"unknown"}


@pytest.mark.parametrize(
    "header",
    [
        pytest.param("class A(\n    Base,\n): x = 1  # said\n", id="bases above"),
        pytest.param("class A(\n    Base,\n    metaclass=type,\n): x = 1; y = 2\n", id="a keyword above"),
        pytest.param("class A(\n    Base): x = 1\n", id="a base on the line"),
        pytest.param("class A(Base): \\\n    x = 1\n", id="a joined line"),
        pytest.param("class A(\n    Base,\n):  # said\n    # more\n    x = 1\n", id="a body below"),
    ],
)
def test_class_whose_body_follows_its_header_closely(folder: Path, header: str) -> None:
    base = "class Base:\n    async def m(self): ...\n\n"
    (folder / "close.py").write_text(f"{base}{header}\nasync def f():\n    await A().m()\n", encoding="utf-8")
    done = check(folder)
    assert problems_of(done, "close.py") == []
    assert [site["effect"] for site in sites_of(done, "close.py")] == ["never"]


def test_import_cycle(folder: Path) -> None:
    (folder / "one.py").write_text(
        "from two import *\nfrom two import g\n\nasync def f():\n    await g()\n", encoding="utf-8"
    )
    (folder / "two.py").write_text(
        "from one import *\nfrom one import f\n\nasync def g():\n    await f()\n", encoding="utf-8"
    )
    (folder / "me.py").write_text(
        "from me import x\nimport me\n\nasync def h():\n    await x()\n    await me.me.y()\n", encoding="utf-8"
    )
    done = check(folder)
    assert [site["effect"] for name in ("one.py", "two.py") for site in sites_of(done, name)] == ["never", "never"]
    assert {site["effect"] for site in sites_of(done, "me.py")} == {"unknown"}


@pytest.mark.parametrize(
    "values",
    [
        pytest.param("a = b\nb = a\n", id="names"),
        pytest.param("a = lambda: a()\n", id="lambda"),
        pytest.param("from functools import partial\na = partial(a)\n", id="partial"),
        pytest.param("def a(): return a()\n", id="return"),
        pytest.param("def d(f): return d(f)\n@d\nasync def a(): ...\n", id="decorator"),
        pytest.param("class C:\n    @property\n    def p(self): return self.p\na = C().p\n", id="property"),
        pytest.param("class C:\n    def __call__(self): return self()\na = C()\n", id="call"),
        pytest.param("class C:\n    def __await__(self): return self.__await__()\na = C\n", id="await"),
        pytest.param("def a(x=lambda: a(a)): return x()\n", id="default"),
    ],
)
def test_values_in_a_circle(folder: Path, values: str) -> None:
    (folder / "circle.py").write_text(f"{values}\nasync def f():\n    await a()\n", encoding="utf-8")
    assert sites_of(check(folder), "circle.py")


def linked(link: Path, target: Path) -> None:
    try:
        link.symlink_to(target, target_is_directory=target.is_dir())
    except OSError:
        pytest.skip("links cannot be made here")


def test_links_in_a_circle(folder: Path) -> None:
    (folder / "inner").mkdir()
    linked(folder / "inner" / "outer", folder)
    linked(folder / "self.py", folder / "self.py")
    done = check(folder)
    assert len(sites_of(done, "fine.py")) == 1
    assert len(problems_of(done, "self.py")) <= 1


def test_link_to_nothing(folder: Path) -> None:
    linked(folder / "gone.py", folder / "nowhere.py")
    assert len(problems_of(check(folder), "gone.py")) <= 1


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes here")
def test_what_never_ends_is_not_read(folder: Path) -> None:
    os.mkfifo(folder / "pipe.py")
    linked(folder / "zero.py", Path("/dev/zero"))
    done = check(folder)
    assert len(problems_of(done, "zero.py")) <= 1
    assert sites_of(done, "zero.py") + sites_of(done, "pipe.py") == []


def test_file_that_vanishes_in_between(folder: Path) -> None:
    """Files come and go while the folder is walked and read: each is judged, a problem, or not seen."""
    names = [folder / f"n{number}.py" for number in range(60)]
    stop = threading.Event()

    def come_and_go() -> None:
        while not stop.is_set():
            for path in names:
                path.write_text(FINE, encoding="utf-8")
            for path in names:
                path.unlink(missing_ok=True)

    worker = threading.Thread(target=come_and_go)
    worker.start()
    try:
        check(folder)
    finally:
        stop.set()
        worker.join()


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="no folder is closed to this user")
def test_folder_without_permission(folder: Path) -> None:
    closed = folder / "closed"
    closed.mkdir()
    (closed / "a.py").write_text(FINE, encoding="utf-8")
    closed.chmod(0)
    try:
        assert len(problems_of(check(folder), "closed")) == 1
    finally:
        closed.chmod(0o700)


def test_folder_with_the_name_of_a_file(folder: Path) -> None:
    (folder / "package.py").mkdir()
    (folder / "package.py" / "a.py").write_text(FINE, encoding="utf-8")
    assert len(sites_of(check(folder), "a.py")) == 1


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("[tool.switchpoint", id="broken"),
        pytest.param("tool = 3\n", id="no table"),
        pytest.param("[tool]\nswitchpoint = 3\n", id="no table of ours"),
        pytest.param("[tool.switchpoint]\nexclude = 5\npython-version = 3.12\nnonsense = 1\n", id="wrong values"),
        pytest.param("[tool.switchpoint]\nexclude = ['[', '!', '/', '', 'a' , '\\\\']\n", id="strange patterns"),
        pytest.param("x = " + "[" * 5_000, id="deep"),
        pytest.param("\x00\x01", id="binary"),
    ],
)
def test_bad_pyproject(folder: Path, text: str) -> None:
    (folder / "pyproject.toml").write_text(text, encoding="utf-8")
    done = check(folder)
    assert all(line.startswith("switchpoint: ") for line in done.err.splitlines())


def test_bad_pyproject_is_said(folder: Path) -> None:
    (folder / "pyproject.toml").write_text("[tool.switchpoint", encoding="utf-8")
    assert check(folder).err.count("not valid TOML") == 1


@pytest.mark.parametrize(
    "config",
    [
        pytest.param(b"home = /nowhere\nversion = 3.12\n", id="nowhere"),
        pytest.param(b"home\nversion = banana\n\xff\xff", id="broken"),
        pytest.param(b"", id="empty"),
    ],
)
def test_bad_environment_beside_the_code(folder: Path, config: bytes) -> None:
    (folder / ".venv").mkdir()
    (folder / ".venv" / "pyvenv.cfg").write_bytes(config)
    check(folder)


def test_line_of_a_million_characters(folder: Path) -> None:
    (folder / "wide.py").write_text(f"async def f():\n    await f('{'x' * 1_000_000}')\n", encoding="utf-8")
    (site,) = sites_of(check(folder), "wide.py")
    assert site["effect"] == "never"
    (folder / "wide.py").write_text(f"async def f(g):\n    await g('{'x' * 1_000_000}')\n", encoding="utf-8")
    (site,) = sites_of(check(folder), "wide.py")
    assert max(len(step["text"]) for step in site["because"]) <= 200


@pytest.mark.skipif(sys.version_info >= (3, 14), reason="what is new there is no error there")
def test_syntax_of_a_later_python(folder: Path) -> None:
    (folder / "later.py").write_text("async def f():\n    return t'{await f()}'\n", encoding="utf-8")
    assert len(problems_of(check(folder), "later.py")) == 1


@pytest.mark.skipif(sys.version_info >= (3, 12), reason="that much can be parsed there")
def test_what_is_nested_too_deeply_is_said_in_words(folder: Path) -> None:
    """An `elif` is an `if` within the `else` of the one before."""
    branches = "".join(f"    elif x == {number}:\n        pass\n" for number in range(5_000))
    (folder / "branches.py").write_text(f"def f(x):\n    if x:\n        pass\n{branches}", encoding="utf-8")
    assert problems_of(check(folder), "branches.py") == ["nested too deeply to be parsed"]


def test_many_tests_of_one_name(folder: Path) -> None:
    tests = "".join(f"    if x == {number}:\n        y = g\n" for number in range(200))
    text = f"async def g(): ...\n\nasync def f(x):\n    y = g\n{tests}    await y()\n"
    (folder / "tests.py").write_text(text, encoding="utf-8")
    assert [site["effect"] for site in sites_of(check(folder), "tests.py")] == ["never"]


def in_a_row(count: int, lines: str, head: str = "") -> str:
    """A function with as many statements, numbered."""
    body = "".join(lines.replace("NUMBER", str(number)) for number in range(count))
    return f"async def g(): ...\n\nasync def f(x):\n{head}{body}    await g()\n"


def operands(count: int) -> str:
    test = " and ".join(f"x != {number}" for number in range(count))
    return f"async def g(): ...\n\nasync def f(x):\n    if {test}:\n        await g()\n"


def decorators(count: int) -> str:
    return "def d(f): return f\n\n" + "@d\n" * count + "async def g(): ...\n\nasync def f():\n    await g()\n"


def super_calls(count: int) -> str:
    below = (f"class C{n}(C{n - 1}):\n    async def m(self):\n        await super().m()\n" for n in range(1, count))
    return "class C0:\n    async def m(self): ...\n" + "".join(below)


def handlers(count: int) -> str:
    functions = "".join(f"async def h{number}(): ...\n" for number in range(count))
    table = ", ".join(f"'{number}': h{number}" for number in range(count))
    return f"{functions}HANDLERS = {{{table}}}\n\nasync def f(key):\n    await HANDLERS[key]()\n"


def partials(count: int) -> str:
    links = "".join(f"p{number} = partial(p{number - 1}, 1)\n" for number in range(1, count))
    head = "from functools import partial\n\nasync def g(*x): ...\np0 = partial(g, 1)\n"
    return f"{head}{links}\nasync def f():\n    await p{count - 1}()\n"


def nested(count: int, head: str, tail: str) -> str:
    levels = "".join(f"{' ' * n}{head}\n{' ' * n} await g()\n{' ' * n}{tail}\n" for n in range(1, count))
    return f"async def g(): ...\n\nasync def f(x):\n{levels}{' ' * count}await g()\n"


def handed_down(count: int) -> str:
    links = "".join(f"async def f{n}(x):\n    await f{n + 1}(x)\n\n" for n in range(count))
    return f"{links}async def f{count}(x):\n    await x()\n"


CASE = "        case NUMBER:\n            await g()\n"


@pytest.mark.parametrize(
    ("text", "sites", "effect"),
    [
        pytest.param(in_a_row(1_500, "    if x == NUMBER:\n        await g()\n"), 1_501, "never", id="ifs"),
        pytest.param(in_a_row(2_000, "    if x == NUMBER:\n        return\n"), 1, "never", id="early returns"),
        pytest.param(in_a_row(2_000, "    x = x or NUMBER\n"), 1, "never", id="rebindings"),
        pytest.param(in_a_row(1_500, CASE, "    match x:\n"), 1_501, "never", id="cases"),
        pytest.param(in_a_row(5_000, "    await g()\n"), 5_001, "never", id="awaits"),
        pytest.param(nested(90, "try:", "finally:"), 90, "never", id="finally in finally"),
        pytest.param(nested(90, "try:", "except E:"), 90, "never", id="except in except"),
        pytest.param(handed_down(300), 301, "unknown", id="parameters handed down"),
        pytest.param(operands(3_000), 1, "never", id="operands"),
        pytest.param(decorators(3_000), 1, "never", id="decorators"),
        pytest.param(super_calls(300), 299, "unknown", id="super calls"),
        pytest.param(handlers(3_000), 1, "unknown", id="handlers"),
        pytest.param(partials(500), 1, "unknown", id="partials"),
    ],
)
def test_much_of_one_kind(folder: Path, text: str, sites: int, effect: str) -> None:
    """More of it than anybody writes: what a step costs must not grow with the steps before it."""
    (folder / "much.py").write_text(text, encoding="utf-8")
    found = sites_of(check(folder), "much.py")
    assert len(found) == sites
    assert {site["effect"] for site in found} == {effect}


def test_super_among_more_classes_than_are_looked_at(folder: Path) -> None:
    """What comes behind a class may be another one in each class below it."""
    text = (
        "import asyncio\n\nclass Root:\n    async def m(self): ...\n\n"
        "class Loud(Root):\n    async def m(self):\n        await asyncio.sleep(0)\n\n"
        "class Mixin(Root):\n    async def m(self):\n        await super().m()\n\n"
        "class Both(Mixin, Loud): ...\n"
    )
    few = "".join(f"class C{number}(Mixin): ...\n" for number in range(10))
    many = "".join(f"class C{number}(Mixin): ...\n" for number in range(200))
    (folder / "few.py").write_text(text + few, encoding="utf-8")
    (folder / "many.py").write_text(text + many, encoding="utf-8")
    done = check(folder)
    assert [site["effect"] for site in sites_of(done, "few.py")] == ["always", "sometimes"]
    assert [site["effect"] for site in sites_of(done, "many.py")] == ["always", "unknown"]


def test_an_indented_statement_that_is_half_typed_in_no_block(folder: Path) -> None:
    (folder / "indented.py").write_text("\n    async def n(self:\n", encoding="utf-8")
    assert problems_of(check(folder), "indented.py")
