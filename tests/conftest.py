"""Hooks of the whole test tree: the literate suites of tests/semantics are collected beside the Python tests."""

from __future__ import annotations

import os
import signal
from tempfile import TemporaryDirectory

import pytest
from hypothesis import HealthCheck, settings

from runner.collect import pytest_addoption, pytest_collect_file, pytest_sessionfinish, pytest_terminal_summary

__all__ = [
    "pytest_addoption",
    "pytest_collect_file",
    "pytest_configure",
    "pytest_sessionfinish",
    "pytest_terminal_summary",
]


# What the shell that starts the tests may say of itself, and programs that are started in them would heed.
OF_A_SHELL = (
    *("NO_COLOR", "FORCE_COLOR", "COLORTERM", "TTY_COMPATIBLE", "TTY_INTERACTIVE", "COLUMNS", "LINES"),
    *("VIRTUAL_ENV", "CONDA_PREFIX", "CONDA_DEFAULT_ENV", "SOURCE_DATE_EPOCH"),
    *("PYTHONWARNINGS", "PYTHONDEVMODE", "PYTHONNODEBUGRANGES", "PYTHONOPTIMIZE", "PYTHONVERBOSE", "PYTHONHASHSEED"),
)

# Whether a commit passes depends neither on chance nor on the machine's speed. Whoever searches for more than these
# examples asks for it: SWITCHPOINT_EXAMPLES=5000 pytest, and --hypothesis-seed.
settings.register_profile(
    "of the commit",
    derandomize="SWITCHPOINT_EXAMPLES" not in os.environ,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)


def pytest_configure(config: pytest.Config) -> None:
    """One summary cache for the whole run, its workers and the programs it starts; never the developer's own.

    A shell's background job ignores SIGINT, and so would all that it starts: even a program that interrupts itself.
    """
    settings.load_profile("of the commit")
    for name in OF_A_SHELL:
        os.environ.pop(name, None)
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    if hasattr(config, "workerinput"):
        return
    folder = TemporaryDirectory(prefix="switchpoint-", ignore_cleanup_errors=True)
    os.environ["SWITCHPOINT_CACHE_DIR"] = folder.name
    config.add_cleanup(folder.cleanup)
