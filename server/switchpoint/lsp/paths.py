"""Uris of documents and the paths under which they are analysed.

In: uris. Out: absolute paths. A notebook or an unsaved file gets a path beside its neighbours, so that its imports
are found; nothing is ever written there.
"""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import unquote, urlsplit

from pygls.uris import to_fs_path


def path_of(uri: str) -> str | None:
    """The path of a file's uri; None when it is not one."""
    path = to_fs_path(uri)
    return str(Path(path)) if path and Path(path).is_absolute() else None


def module_path(uri: str, folders: list[str]) -> str:
    """The path under which a document is analysed. It always ends like a Python file's."""
    path = path_of(uri)
    if path is None:
        name = re.sub(r"[^\w.-]", "_", unquote(urlsplit(uri).path)) or "untitled"
        path = str((Path(folders[0]) if folders else Path.cwd()) / name)
    return path if path.endswith((".py", ".pyi", ".pyw")) else path + ".py"
