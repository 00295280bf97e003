"""List the sites of files by `ast` alone, independently of the analysis, in the JSON shape of `check`.

In: paths. Out: one JSON object on stdout, where every site is called `may switch` and `unknown`. Run as a script by the
interpreter that the files are written for; it must know nothing of switchpoint.
"""

from __future__ import annotations

import ast
import json
import sys
from pathlib import Path


def sites(path: Path) -> list[dict[str, object]]:
    """Every site of one file; none of a file that does not parse."""
    try:
        content = path.read_bytes()
        tree = ast.parse(content)
    except (OSError, SyntaxError, ValueError):
        return []
    lines = content.decode("utf-8-sig", "replace").replace("\r\n", "\n").replace("\r", "\n").split("\n")
    found = [(kind, place) for node in ast.walk(tree) for kind, place in _of(node)]
    return [_row(path, kind, place, lines) for kind, place in found]


def _of(node: ast.AST) -> list[tuple[str, ast.expr | ast.stmt]]:
    if isinstance(node, ast.Await):
        return [("await", node)]
    if isinstance(node, ast.AsyncFor):
        return [("next", node)]
    if isinstance(node, ast.AsyncWith):
        return [(kind, item.context_expr) for item in node.items for kind in ("enter", "exit")]
    if isinstance(node, (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)):
        return [("next", node) for clause in node.generators if clause.is_async]
    return []


def _row(path: Path, kind: str, place: ast.expr | ast.stmt, lines: list[str]) -> dict[str, object]:
    end_line, end_col = place.end_lineno or place.lineno, place.end_col_offset or place.col_offset
    return {
        "file": str(path),
        "kind": kind,
        "line": place.lineno,
        "col": _code_points(lines, place.lineno, place.col_offset),
        "end_line": end_line,
        "end_col": _code_points(lines, end_line, end_col),
        "function": "",
        "verdict": "may switch",
        "effect": "unknown",
        "because": [],
    }


def _code_points(lines: list[str], line: int, col: int) -> int:
    return len(lines[line - 1].encode()[:col].decode("utf-8", "replace"))


if __name__ == "__main__":
    listed = [row for name in sys.argv[1:] for row in sites(Path(name))]
    json.dump({"version": 1, "python": "", "files": len(sys.argv) - 1, "sites": listed, "problems": []}, sys.stdout)
