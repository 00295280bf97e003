"""Annotations as expressions, with their quoted parts parsed (PEP 484 forward references).

In: the `ast` of an annotation. Out: an `ast` without quotes where what they quote parses. This module must not know
what an annotation means.
"""

from __future__ import annotations

import ast

_LONGEST = 300


def unquoted(node: ast.expr) -> ast.expr:
    """The annotation with its quoted parts parsed; a part that does not parse stays."""
    if any(isinstance(inner, ast.Constant) for inner in ast.walk(node)):
        return _Unquote().visit(node)
    return node


class _Unquote(ast.NodeTransformer):
    def visit_Constant(self, node: ast.Constant) -> ast.expr:
        if not isinstance(node.value, str) or len(node.value) > _LONGEST:
            return node
        try:
            parsed = ast.parse(node.value.strip(), mode="eval").body
        except (SyntaxError, ValueError, MemoryError, RecursionError):
            return node
        for inner in ast.walk(parsed):
            ast.copy_location(inner, node)
        return parsed

    def visit_Subscript(self, node: ast.Subscript) -> ast.expr:
        """The arguments of `Literal` are values."""
        if getattr(node.value, "id", getattr(node.value, "attr", "")) == "Literal":
            return node
        self.generic_visit(node)
        return node
