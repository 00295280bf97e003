"""The few sentences that the protocol's process says by itself, taken from `wording` when first needed.

In: nothing. Out: text. It is a door of its own, because `wording` brings the types of the analysis with it, and that
process is to start without them.
"""

from __future__ import annotations


def progress_title() -> str:
    from switchpoint import wording  # noqa: PLC0415 - see above

    return wording.progress_title()


def worker_lost(*, gives_up: bool) -> str:
    from switchpoint import wording  # noqa: PLC0415 - see above

    return wording.worker_lost(gives_up=gives_up)
