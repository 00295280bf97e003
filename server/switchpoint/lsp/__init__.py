"""The language server's door for the command line.

In: how to talk. Out: the exit code. Importing this imports nothing heavy: the worker is started first, and loads
while the protocol's library does.
"""

from __future__ import annotations

import gc


def serve(host: str | None = None, port: int = 0) -> int:
    """Serve one client on stdio, or on a port when `host` is given. Returns the exit code."""
    from switchpoint.lsp.door import Door  # noqa: PLC0415 - the worker is started before the rest is loaded

    door = Door()
    # Nothing that is loaded from here on is garbage; `server` switches it on again.
    gc.disable()
    from switchpoint.lsp.server import serve_stdio, serve_tcp  # noqa: PLC0415 - as above

    return serve_stdio(door) if host is None else serve_tcp(door, host, port)
