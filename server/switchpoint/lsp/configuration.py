"""The editor's settings: pushed, pulled, or given with `initialize`.

In: whatever a client sends. Out: `Configure` for the worker, and messages about values that were refused. This module
must not know who asks.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, cast

from switchpoint.lsp.messages import Configure, Folder
from switchpoint.settings import Settings, parse

if TYPE_CHECKING:
    from collections.abc import Sequence

    from switchpoint.lsp.client import Client

SECTION = "switchpoint"


@dataclass(slots=True)
class Configuration:
    """Folders by uri with their paths, and the settings for each; `default` is for files outside of them."""

    folders: dict[str, str] = field(default_factory=dict[str, str])
    settings: dict[str, Settings] = field(default_factory=dict[str, Settings])
    default: Settings = field(default_factory=Settings)

    def push(self, values: object) -> tuple[str, ...]:
        """Settings for everything. Returns what was refused."""
        parsed = parse(_section(values), "editor settings")
        self.default = parsed.settings
        self.settings.clear()
        return parsed.messages

    def pulled(self, uris: Sequence[str], values: Sequence[object]) -> tuple[str, ...]:
        """The client's answer: for everything, then for each folder. Returns what was refused."""
        if not values:
            return ()
        refused = list(self.push(values[0]))
        for uri, value in zip(uris, values[1:], strict=False):
            parsed = parse({} if value is None else value, f"editor settings of {uri}")
            self.settings[uri] = parsed.settings
            refused += parsed.messages
        return tuple(dict.fromkeys(refused))

    def message(self, client: Client) -> Configure:
        """What the worker is told."""
        folders = tuple(Folder(path, self.settings.get(uri, self.default)) for uri, path in self.folders.items())
        return Configure(folders, self.default, client.encoding, client.markdown)


def _section(values: object) -> object:
    """Clients wrap the settings in their section's name, or in `settings`, or not at all."""
    if not isinstance(values, dict):
        return dict[str, object]() if values is None else values
    table = cast("dict[str, object]", values)
    wrapped = next((name for name in (SECTION, "settings") if name in table), None)
    return table if wrapped is None else _section(table[wrapped])
