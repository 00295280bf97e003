"""Suites of libraries that nobody here had looked at when the analysis was written.

In: nothing. Out: suites by name, as each library ships them in its source archive. What fails without a network or a
server beside it fails without the observer too.
"""

from __future__ import annotations

from .prepared import PYTEST, Suite

_OPTIONS = ("-o", "addopts=")
"""Without the options that a library's own configuration gives, which ask for plugins that play no part."""
_ASYNCIO = "pytest-asyncio==1.5.0"
_ANYIO = "anyio[trio]==4.16.0"


def _library(pinned: str, *requirements: str, extras: str = "", arguments: tuple[str, ...] = ("tests",)) -> Suite:
    """The suite of one library, run by pytest with its plugin for asyncio."""
    name, version = pinned.split("==")
    needed = (f"{name}{extras}=={version}", "pytest==9.2.0", _ASYNCIO, *requirements)
    return Suite((*PYTEST, *_OPTIONS, "--asyncio-mode=auto", *arguments), needed, pinned)


def _plain(pinned: str, *requirements: str, extras: str = "", arguments: tuple[str, ...] = ("tests",)) -> Suite:
    """The suite of one library that brings along what drives its tests."""
    name, version = pinned.split("==")
    needed = (f"{name}{extras}=={version}", "pytest==9.2.0", *requirements)
    return Suite((*PYTEST, *_OPTIONS, *arguments), needed, pinned)


UNSEEN = {
    "tornado": Suite(("-m", "tornado.test"), ("tornado==6.6.1",)),
    "httpcore": _library(
        "httpcore==1.0.9",
        *("pytest-httpbin==2.1.0", "pytest-trio==0.8.0", "trustme==1.2.1"),
        extras="[asyncio,http2,socks,trio]",
    ),
    "httpx": _library(
        "httpx==0.28.1",
        *(_ANYIO, "chardet", "trustme==1.2.1", "uvicorn"),
        extras="[brotli,http2,socks,zstd]",
    ),
    "asyncstdlib": _library("asyncstdlib==3.14.0", "typing_extensions==4.16.0", arguments=("unittests",)),
    "aiostream": _library("aiostream==0.8.1"),
    "asgiref": _library("asgiref==3.13.0"),
    "aiofiles": _library("aiofiles==25.1.0"),
    "janus": _library("janus==2.0.0", "pytest-codspeed==5.0.4"),
    "aiosqlite": _plain("aiosqlite==0.22.1", arguments=("aiosqlite/tests/smoke.py",)),
    "async-lru": _library("async-lru==2.4.0"),
    "tenacity": _library("tenacity==9.2.1", "tornado==6.6.1", "trio==0.35.0"),
    "prompt_toolkit": _plain("prompt_toolkit==3.0.53"),
    "aioitertools": _plain("aioitertools==0.13.0", arguments=("aioitertools/tests/__init__.py",)),
    "hypercorn": _library("hypercorn==0.18.0", "pytest-trio==0.8.0", "httpx==0.28.1", extras="[h3,trio]"),
    "uvicorn": _plain(
        "uvicorn==0.54.0",
        *(_ANYIO, "a2wsgi", "httpx2", "pytest-mock", "trustme==1.2.1", "typing_extensions", "cryptography"),
        extras="[standard]",
    ),
    "python-engineio": _library("python-engineio==4.15.1", "aiohttp", "tornado==6.6.1", "requests", "websocket-client"),
    "aiocache": _library(
        "aiocache==0.12.3",
        "aiohttp",
        "aiomcache",
        "marshmallow<4",
        "msgpack",
        "pytest-mock",
        "redis==4.4.2",
        arguments=("tests/ut",),
    ),
    "aiojobs": _library("aiojobs==1.4.0", "pytest-aiohttp", extras="[aiohttp]"),
    "aiosmtpd": _library("aiosmtpd==1.4.6", "pytest-mock", "setuptools<81", arguments=("aiosmtpd/tests",)),
    "pyee": _library("pyee==16.0.1", "pytest-trio==0.8.0", "trio==0.35.0", "twisted"),
    "stamina": _plain("stamina==26.1.0", _ANYIO, "dirty-equals", "prometheus-client", "structlog"),
    "asyncer": _plain("asyncer==0.0.18", _ANYIO, "typer"),
    "aiodataloader": _library("aiodataloader==0.4.3", arguments=("test_aiodataloader.py",)),
    "aiolimiter": _library("aiolimiter==1.3.0", "dunamai", "toml", "typing_extensions"),
    "httpx-ws": _plain("httpx-ws==0.9.0", _ANYIO, "starlette==1.10.0", "uvicorn", "wsproto", "websockets"),
    "quattro": _library("quattro==26.1.0"),
    "async-timeout": _library("async-timeout==5.0.1"),
    "aiometer": _plain("aiometer==1.0.0", _ANYIO),
    "aiohappyeyeballs": _library("aiohappyeyeballs==2.7.1"),
    "aiosignal": _library("aiosignal==1.4.0", "re-assert"),
    "aioconsole": _library("aioconsole==0.8.2"),
    "aiotools": _library("aiotools==2.2.4", "typing_extensions==4.16.0"),
    "python-socketio": _library("python-socketio==5.18.1", "msgpack", "redis", "requests", "uvicorn", "valkey"),
    "sse-starlette": _library(
        "sse-starlette==3.7.0",
        *("starlette==1.10.0", "httpx2", "uvicorn"),
        arguments=("tests", "--ignore=tests/test_issue167.py", "--ignore=tests/test_sse.py"),
    ),
    "trio-websocket": _plain(
        "trio-websocket==0.12.2",
        "pytest-trio==0.8.0",
        "trustme==1.2.1",
        "attrs",
        arguments=("-o", "trio_mode=true", "tests"),
    ),
}
