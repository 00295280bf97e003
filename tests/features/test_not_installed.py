"""What an installed library defines for another one that is not installed beside it: nobody ever has it."""

from __future__ import annotations

import platform
import sys
from pathlib import Path

import pytest

from switchpoint.analysis import Effect, Workspace

VERSION = f"python{sys.version_info[0]}.{sys.version_info[1]}"
CALLER = "import library\n\n\nasync def main(name: str):\n    await library.backend(name).run()\n"
LIBRARY = """\
from importlib import import_module


class Backend:
    async def run(self):
        raise NotImplementedError


def backend(name) -> Backend:
    return import_module(f"library.{name}").made()
"""
HERE = "from library import Backend\n\n\nclass Here(Backend):\n    async def run(self):\n        pass\n"
OTHER = """\
from library import Backend


class Other(Backend):
    async def run(self):
        await elsewhere.sleep(1)
"""


def effect(folder: Path, imports: str, **more: str) -> Effect:
    """Of a call of what one of two backends of an installed library does, one of which imports `elsewhere` so."""
    site = folder / ".venv" / "lib" / VERSION / "site-packages"
    texts = {"__init__": LIBRARY, "here": HERE, "other": imports + OTHER}
    files = {site / "library" / f"{name}.py": text for name, text in texts.items()}
    files |= {site / f"{name}.py": text for name, text in more.items()}
    files[folder / "case.py"] = CALLER
    config = f"home = {Path(sys.base_prefix, 'bin')}\nversion = {platform.python_version()}\n"
    for path, text in (files | {folder / ".venv" / "pyvenv.cfg": config}).items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    path = folder / "case.py"
    (site,) = Workspace([path], python=folder / ".venv", cache=False).report(path).sites
    return site.effect


def test_a_module_that_cannot_be_imported_defines_nothing(tmp_path: Path) -> None:
    assert effect(tmp_path, "import elsewhere\n") is Effect.NEVER


def test_nor_by_a_submodule(tmp_path: Path) -> None:
    assert effect(tmp_path, "import elsewhere.low\nfrom elsewhere import sleep\n") is Effect.NEVER


def test_what_is_installed_counts(tmp_path: Path) -> None:
    library = "import types\n\n\n@types.coroutine\ndef sleep(delay):\n    yield delay\n"
    assert effect(tmp_path, "import elsewhere\n", elsewhere=library) is Effect.SOMETIMES


@pytest.mark.parametrize(
    "guarded",
    [
        "try:\n    import elsewhere\nexcept ImportError:\n    pass\n",
        "from contextlib import suppress\nwith suppress(ImportError):\n    import elsewhere\n",
        "if __name__ == '__main__':\n    import elsewhere\n",
    ],
)
def test_an_import_that_may_not_happen_or_is_caught_stops_nothing(tmp_path: Path, guarded: str) -> None:
    assert effect(tmp_path, guarded) in (Effect.UNKNOWN, Effect.SOMETIMES)
