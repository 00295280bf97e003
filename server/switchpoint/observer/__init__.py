"""What programs were seen to do, beside what the analysis says of them.

In: a command to observe, or observations and sites. Out: observations, and the comparison of the two. This package must
not know how a verdict is found; it meets the analysis in the facade's types only.
"""

from __future__ import annotations

from switchpoint.observer.compare import Called, Comparison, Contradiction, Joined, compare
from switchpoint.observer.session import observe
from switchpoint.observer.store import Observed, SeenFile, SeenSite, content_hash, load

__all__ = [
    "Called",
    "Comparison",
    "Contradiction",
    "Joined",
    "Observed",
    "SeenFile",
    "SeenSite",
    "compare",
    "content_hash",
    "load",
    "observe",
]
