"""Hooks of the whole test tree: the literate suites of tests/semantics are collected beside the Python tests."""

from __future__ import annotations

import os
import signal
from tempfile import TemporaryDirectory

import pytest

from runner.collect import pytest_addoption, pytest_collect_file, pytest_sessionfinish, pytest_terminal_summary

__all__ = [
    "pytest_addoption",
    "pytest_collect_file",
    "pytest_configure",
    "pytest_sessionfinish",
    "pytest_terminal_summary",
]


def pytest_configure(config: pytest.Config) -> None:
    """One summary cache for the whole run, its workers and the programs it starts; never the developer's own.

    A shell's background job ignores SIGINT, and so would all that it starts: even a program that interrupts itself.
    """
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    if hasattr(config, "workerinput"):
        return
    folder = TemporaryDirectory(prefix="switchpoint-", ignore_cleanup_errors=True)
    os.environ["SWITCHPOINT_CACHE_DIR"] = folder.name
    config.add_cleanup(folder.cleanup)
