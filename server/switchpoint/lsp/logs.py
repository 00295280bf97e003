"""How both processes of the server log: on stderr, each record with its level's name first, for whoever sorts them.

In: records and the setting `logLevel`. Out: lines on stderr. This module must not know who reads them.
"""

from __future__ import annotations

import logging
import sys


def log_to_stderr() -> None:
    """Called once by each process, before anything is logged."""
    logging.basicConfig(stream=sys.stderr, format="%(levelname)s %(message)s", level=logging.WARNING)
    # It logs a traceback for each answer that is an error, and errors are ordinary answers.
    logging.getLogger("pygls").setLevel(logging.CRITICAL)


def set_log_level(name: str) -> None:
    """How much of our own is logged from now on, in the words of the setting."""
    logging.getLogger("switchpoint").setLevel(name.upper())
