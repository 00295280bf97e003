"""Medians, and tables of them.

In: samples. Out: numbers and Markdown.
"""

from __future__ import annotations

from collections.abc import Sequence
from statistics import median

__all__ = ["median", "p95", "table"]


def p95(values: Sequence[float]) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(0.95 * len(ordered)))]


def table(head: list[str], rows: Sequence[list[str]]) -> list[str]:
    lines = [head, ["---"] * len(head), *rows]
    return [f"| {' | '.join(cells)} |" for cells in lines]
