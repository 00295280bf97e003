"""The suites that hold the analysis to account: what each needs, and how it is run.

In: nothing. Out: suites by name. Nothing here was written by us but the commands: CPython's own tests, and those that
libraries ship in wheels and source archives.
"""

from __future__ import annotations

from pathlib import Path

from .prepared import PYTEST, Suite

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
        (*PYTEST, "-p", "trio._tests.pytest_plugin", "--skip-optional-imports", "--pyargs", "trio"),
        ("trio==0.35.0", "pytest==9.2.0", "trustme==1.2.1", "pyopenssl==26.4.0"),
    ),
    "anyio": Suite(
        (*PYTEST, "tests"),
        (
            *("anyio[trio]==4.16.0", "pytest==9.2.0", "pytest-mock", "pytest-timeout", "blockbuster", "coverage"),
            *("hypothesis", "psutil", "trustme==1.2.1", "truststore", "uvloop"),
        ),
        "anyio==4.16.0",
    ),
    "starlette": Suite(
        (*PYTEST, "tests"),
        (
            *("starlette[full]==1.10.0", "pytest==9.2.0", "anyio[trio]==4.16.0", "blockbuster", "httpx2[zstd]"),
            *("opentelemetry-sdk", "importlib-metadata"),
        ),
        "starlette==1.10.0",
    ),
}
