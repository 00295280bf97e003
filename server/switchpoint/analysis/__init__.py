"""The facade: the only door through which features, lsp and cli reach the analysis.

In: folders, files, open texts, an environment. Out: reports and reasons, as the plain data of `verdicts`.
"""

from switchpoint.analysis.engine import Cancelled
from switchpoint.analysis.files import EnvironmentNotFound, SettingsTable, read_settings_table
from switchpoint.analysis.verdicts import (
    Effect,
    FileReport,
    Footing,
    Function,
    Problem,
    Reason,
    Site,
    SiteKind,
    Span,
    Step,
    TaskStart,
    Unresolved,
    Verdict,
)
from switchpoint.analysis.workspace import Workspace

__all__ = [
    "Cancelled",
    "Effect",
    "EnvironmentNotFound",
    "FileReport",
    "Footing",
    "Function",
    "Problem",
    "Reason",
    "SettingsTable",
    "Site",
    "SiteKind",
    "Span",
    "Step",
    "TaskStart",
    "Unresolved",
    "Verdict",
    "Workspace",
    "read_settings_table",
]
