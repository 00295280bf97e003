"""The suites that hold the analysis to account: what each needs, and how it is run.

In: an interpreter and a scratch folder. Out: an environment folder, a command, the folder to run it in. Nothing here
was written by us but the commands: CPython's own tests, and those that libraries ship in wheels and source archives.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tarfile
from dataclasses import dataclass
from pathlib import Path

_PYTEST = ("-m", "pytest", "-q", "-p", "no:cacheprovider", "--no-header", "-W", "ignore")
_PLUGGED = (*_PYTEST, "-o", "addopts=", "--asyncio-mode=auto")
"""Without the options that a library's own configuration gives, which ask for plugins that play no part."""


@dataclass(frozen=True)
class Suite:
    """`arguments` go to the interpreter; `archive` is unpacked and becomes the folder to run in."""

    arguments: tuple[str, ...]
    requirements: tuple[str, ...] = ()
    archive: str = ""


@dataclass(frozen=True)
class Ready:
    """A suite that can be run."""

    python: Path
    command: tuple[str, ...]
    folder: Path


_SMALL = (
    "test_asyncgen",
    "test_contextlib_async",
    "test_coroutines",
    "test_asyncio.test_locks",
    "test_asyncio.test_pep492",
    "test_asyncio.test_queues",
    "test_asyncio.test_runners",
    "test_asyncio.test_timeouts",
    "test_unittest.test_async_case",
)
# Every one with an `async def` in it, but for those that test the parser, or sys.monitoring itself.
_WHOLE = (
    *_SMALL[:3],
    "test_asyncio",
    "test_builtin",
    "test_collections",
    "test_compile",
    "test_generators",
    "test_grammar",
    "test_inspect",
    "test_sys_settrace",
    "test_types",
    "test_typing",
    "test_unittest",
)

SUITES = {
    "cpython": Suite(("-m", "test", "-q", *_WHOLE)),
    # Some of these measure time: what fails on a machine that is slow for a moment is run once more.
    "cpython-small": Suite(("-m", "test", "-q", "--rerun", *_SMALL)),
    "cpython-otherwise": Suite((str(Path(__file__).with_name("otherwise.py")),)),
    "trio": Suite(
        (*_PYTEST, "-p", "trio._tests.pytest_plugin", "--skip-optional-imports", "--pyargs", "trio"),
        ("trio==0.35.0", "pytest==9.2.0", "trustme==1.2.1", "pyopenssl==26.4.0"),
    ),
    "anyio": Suite(
        (*_PYTEST, "tests"),
        (
            *("anyio[trio]==4.16.0", "pytest==9.2.0", "pytest-mock", "pytest-timeout", "blockbuster", "coverage"),
            *("hypothesis", "psutil", "trustme==1.2.1", "truststore", "uvloop"),
        ),
        "anyio==4.16.0",
    ),
    "starlette": Suite(
        (*_PYTEST, "tests"),
        (
            *("starlette[full]==1.10.0", "pytest==9.2.0", "anyio[trio]==4.16.0", "blockbuster", "httpx2[zstd]"),
            *("opentelemetry-sdk", "importlib-metadata"),
        ),
        "starlette==1.10.0",
    ),
    "tornado": Suite(("-m", "tornado.test"), ("tornado==6.6.1",)),
    "janus": Suite(
        (*_PLUGGED, "tests"),
        ("janus==2.0.0", "pytest==9.2.0", "pytest-asyncio==1.5.0", "pytest-codspeed==5.0.4"),
        "janus==2.0.0",
    ),
    "asyncstdlib": Suite(
        (*_PLUGGED, "unittests"),
        ("asyncstdlib==3.14.0", "pytest==9.2.0", "pytest-asyncio==1.5.0", "typing_extensions==4.16.0"),
        "asyncstdlib==3.14.0",
    ),
    "httpx": Suite(
        (*_PLUGGED, "tests"),
        (
            *(
                "httpx[brotli,http2,socks,zstd]==0.28.1",
                "pytest==9.2.0",
                "pytest-asyncio==1.5.0",
                "anyio[trio]==4.16.0",
            ),
            *("chardet", "trustme==1.2.1", "uvicorn"),
        ),
        "httpx==0.28.1",
    ),
    "httpcore": Suite(
        (*_PLUGGED, "tests"),
        (
            *("httpcore[asyncio,http2,socks,trio]==1.0.9", "pytest==9.2.0", "pytest-asyncio==1.5.0"),
            *("pytest-httpbin==2.1.0", "pytest-trio==0.8.0", "trustme==1.2.1"),
        ),
        "httpcore==1.0.9",
    ),
}


def prepare(name: str, interpreter: Path, scratch: Path) -> Ready:
    """Make the environment and unpack the archive, once per scratch folder; registries are asked only here."""
    suite = SUITES[name]
    python = interpreter
    folder = scratch / "run"
    folder.mkdir(parents=True, exist_ok=True)
    if suite.requirements:
        python = _environment(interpreter, scratch / f"env-{name}", suite.requirements)
    if suite.archive:
        folder = _unpacked(python, suite.archive, scratch / f"source-{name}")
    # Files that tests write for themselves are observed too, and must still be there to be analysed.
    kept = (f"--basetemp={scratch / f'temporary-{name}'}",) if "pytest" in suite.arguments else ()
    return Ready(python, (str(python), *suite.arguments, *kept), folder)


def _environment(interpreter: Path, folder: Path, requirements: tuple[str, ...]) -> Path:
    python = folder / ("Scripts" if os.name == "nt" else "bin") / "python"
    done = folder / "requirements.done"
    if not done.exists() or done.read_text() != "\n".join(requirements):
        _run(str(interpreter), "-m", "venv", "--clear", str(folder))
        _run(str(python), "-m", "pip", "install", "-q", *requirements)
        done.write_text("\n".join(requirements))
    return python


def _unpacked(python: Path, archive: str, folder: Path) -> Path:
    if not folder.exists():
        download = folder.with_name(folder.name + "-download")
        _run(
            str(python),
            "-m",
            "pip",
            "download",
            "-q",
            "--no-deps",
            "--no-binary",
            ":all:",
            "-d",
            str(download),
            archive,
        )
        with tarfile.open(next(download.glob("*.tar.gz"))) as packed:
            packed.extractall(folder, filter="data")
    return next(path for path in folder.iterdir() if path.is_dir())


def _run(*command: str) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"{' '.join(command)}\n{done.stdout}{done.stderr}")
