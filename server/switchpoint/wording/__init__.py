"""Every sentence that a user can read about a verdict.

In: verdicts, names and numbers, and a `Markup` that writes emphasis and code. Out: text. This package must not know the
screen it is read on, and no workspace text may pass it except through the markup.
"""

from switchpoint.wording.chains import MOST_STEPS, chain, why
from switchpoint.wording.footnotes import (
    Assumptions,
    Observed,
    assumptions,
    contradiction,
    hook,
    hooks,
    lock_without_switch,
    observed,
    started_as_task,
)
from switchpoint.wording.labels import exit_label, label, lens, nothing_there, progress_title, worker_lost
from switchpoint.wording.markup import Markup, clipped, library_place, short_place
from switchpoint.wording.primitives import is_lock
from switchpoint.wording.sites import block_clauses, first_line, function_clause, site_clause, task_clause
from switchpoint.wording.teaching import block_models, function_model, site_model, task_model
from switchpoint.wording.unknowns import PROSE, UNRESOLVED, unresolved

__all__ = [
    "MOST_STEPS",
    "PROSE",
    "UNRESOLVED",
    "Assumptions",
    "Markup",
    "Observed",
    "assumptions",
    "block_clauses",
    "block_models",
    "chain",
    "clipped",
    "contradiction",
    "exit_label",
    "first_line",
    "function_clause",
    "function_model",
    "hook",
    "hooks",
    "is_lock",
    "label",
    "lens",
    "library_place",
    "lock_without_switch",
    "nothing_there",
    "observed",
    "progress_title",
    "short_place",
    "site_clause",
    "site_model",
    "started_as_task",
    "task_clause",
    "task_model",
    "unresolved",
    "why",
    "worker_lost",
]
