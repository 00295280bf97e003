"""Text and environments: the only reader of disk in the analysis.

In: paths and what the user asked for. Out: environments, module files, source text, walked files, cached summaries.
Nothing of a workspace or environment is ever run or imported. This package must not know what Python code means.
"""

from switchpoint.analysis.files.environment import Environment, EnvironmentNotFound, find_environment
from switchpoint.analysis.files.modules import ModuleFile, ModuleKind, Modules
from switchpoint.analysis.files.premises import Stamp, all_same, digest_of, stamp_of, stamp_of_text
from switchpoint.analysis.files.project import SettingsTable, read_settings_table
from switchpoint.analysis.files.site_paths import Editable
from switchpoint.analysis.files.source import Source, code_key, content_key, decode_source, read_source
from switchpoint.analysis.files.summary_cache import SummaryCache
from switchpoint.analysis.files.typeshed import typeshed_stub
from switchpoint.analysis.files.walking import walk_python_files

__all__ = [
    "Editable",
    "Environment",
    "EnvironmentNotFound",
    "ModuleFile",
    "ModuleKind",
    "Modules",
    "SettingsTable",
    "Source",
    "Stamp",
    "SummaryCache",
    "all_same",
    "code_key",
    "content_key",
    "decode_source",
    "digest_of",
    "find_environment",
    "read_settings_table",
    "read_source",
    "stamp_of",
    "stamp_of_text",
    "typeshed_stub",
    "walk_python_files",
]
