"""The beginning of a session, its folders, settings, watched files and progress.

In: notifications and answers of the client. Out: `Configure` for the worker, registrations, a progress bar. This
module must not know documents or features.
"""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Any, cast

from lsprotocol import types
from pygls.exceptions import JsonRpcException

from switchpoint.lsp.client import read_client
from switchpoint.lsp.configuration import SECTION
from switchpoint.lsp.logs import set_log_level
from switchpoint.lsp.paths import path_of
from switchpoint.lsp.sentences import progress_title

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from switchpoint.lsp.front import Front
    from switchpoint.lsp.pages import Page

log = logging.getLogger("switchpoint.lsp")

WATCHED = ("**/*.{py,pyi,pth}", "**/pyproject.toml", "**/pyvenv.cfg", "**/.switchpoint/observed.json")
STATUS = "switchpoint/status"
LONG_WORK = 1.0
GLANCE = 0.2


def register_lifecycle(front: Front) -> None:
    """Register the handlers of this module, and what the session may ask of the client."""
    outside = front.session.outside
    outside.refresh_hints = lambda: _refresh_hints(front)
    outside.refresh_lenses = lambda: _refresh_lenses(front)
    outside.status = lambda page: _status(front, page, busy=False)
    outside.tell_user = front.tell_user
    outside.busy = lambda: _busy(front)
    front.on(types.INITIALIZE, initialize)
    front.on(types.INITIALIZED, initialized)
    front.on(types.WORKSPACE_DID_CHANGE_CONFIGURATION, did_change_configuration)
    front.on(types.WORKSPACE_DID_CHANGE_WATCHED_FILES, did_change_files)
    front.on(types.WORKSPACE_DID_CHANGE_WORKSPACE_FOLDERS, did_change_folders)
    front.on(types.SHUTDOWN, shutdown)


def initialize(front: Front, params: types.InitializeParams) -> None:
    """Everything that is known is told to the worker at once, so that it can begin before the client asks."""
    front.session.client = read_client(params)
    front.session.start()
    configuration = front.configuration
    folders = [folder.uri for folder in params.workspace_folders or ()]
    if not folders and params.root_uri:
        folders = [params.root_uri]
    configuration.folders = _with_paths(folders)
    _say(front, configuration.push(params.initialization_options))
    _configure(front)


async def initialized(front: Front, _: types.InitializedParams) -> None:
    await _register(front)
    await _pull(front)


async def did_change_configuration(front: Front, params: types.DidChangeConfigurationParams) -> None:
    if front.session.client.configuration:
        await _pull(front)
        return
    _say(front, front.configuration.push(params.settings))
    _configure(front)


def did_change_files(front: Front, params: types.DidChangeWatchedFilesParams) -> None:
    paths = [path for change in params.changes if (path := path_of(change.uri)) is not None]
    if paths:
        front.session.disk_changed(paths)


async def did_change_folders(front: Front, params: types.DidChangeWorkspaceFoldersParams) -> None:
    folders = front.configuration.folders
    for removed in params.event.removed:
        folders.pop(removed.uri, None)
    folders |= _with_paths(added.uri for added in params.event.added)
    _configure(front)
    await _pull(front)


def shutdown(front: Front, _: None) -> None:
    front.session.close()


def _with_paths(uris: Iterable[str]) -> dict[str, str]:
    """Folders that are on this disk; others cannot be read."""
    return {uri: path for uri in uris if (path := path_of(uri)) is not None}


def _configure(front: Front) -> None:
    set_log_level(front.configuration.default.log_level)
    front.session.configure(front.configuration.message(front.session.client))


async def _register(front: Front) -> None:
    client = front.session.client
    wanted: list[types.Registration] = []
    if client.registers_files:
        watchers = [types.FileSystemWatcher(glob_pattern=pattern) for pattern in WATCHED]
        options = types.DidChangeWatchedFilesRegistrationOptions(watchers=watchers)
        method = types.WORKSPACE_DID_CHANGE_WATCHED_FILES
        wanted.append(types.Registration(id=method, method=method, register_options=options))
    if client.registers_configuration:
        section = types.DidChangeConfigurationRegistrationOptions(section=SECTION)
        method = types.WORKSPACE_DID_CHANGE_CONFIGURATION
        wanted.append(types.Registration(id=method, method=method, register_options=section))
    if wanted:
        await front.server.client_register_capability_async(types.RegistrationParams(wanted))


async def _pull(front: Front) -> None:
    """Ask for the settings, for everything and for each folder."""
    if not front.session.client.configuration:
        return
    uris = list(front.configuration.folders)
    items = [types.ConfigurationItem(section=SECTION)]
    items += [types.ConfigurationItem(scope_uri=uri, section=SECTION) for uri in uris]
    try:
        values = await front.server.workspace_configuration_async(types.ConfigurationParams(items))
    except JsonRpcException as error:
        log.warning("the client did not tell its settings: %s", error)
        return
    _say(front, front.configuration.pulled(uris, cast("Sequence[object]", values)))
    _configure(front)


def _say(front: Front, refused: Sequence[str]) -> None:
    for text in refused:
        log.warning("%s", text)
        front.tell_user(text)


def _refresh_hints(front: Front) -> None:
    if front.session.client.refreshes_hints:
        front.server.workspace_inlay_hint_refresh(None)


def _refresh_lenses(front: Front) -> None:
    if front.session.client.refreshes_lenses:
        front.server.workspace_code_lens_refresh(None)


def _status(front: Front, page: Page, *, busy: bool) -> None:
    """Our own notification, for a status item. Clients that do not know it leave it alone."""
    told = (page.inline, page.may_switch, busy)
    if told == page.told:
        return
    page.told = told
    figures = {"inline": page.inline, "maySwitch": page.may_switch, "busy": busy}
    for cell in page.module.cells:
        front.server.protocol.notify(STATUS, {"uri": cell.uri, **figures})


def _busy(front: Front) -> None:
    if front.watching is None or front.watching.done():
        front.watching = asyncio.ensure_future(_watch(front))


async def _watch(front: Front) -> None:
    """A progress bar for work that takes long; cancelling it leaves the hints as they are."""
    await asyncio.sleep(LONG_WORK)
    for page in front.session.pages.values():
        if not page.is_final:
            _status(front, page, busy=True)
    if front.session.client.progress and front.session.is_busy():
        await _show_progress(front)


async def _show_progress(front: Front) -> None:
    progress: Any = front.server.work_done_progress
    token = f"switchpoint-{id(front)}-{asyncio.get_running_loop().time()}"
    await progress.create_async(token)
    progress.begin(token, types.WorkDoneProgressBegin(title=progress_title(), cancellable=True))
    told = progress.tokens[token]
    while front.session.is_busy() and not told.cancelled():  # noqa: ASYNC110 - pygls only marks the token
        await asyncio.sleep(GLANCE)
    if told.cancelled():
        front.session.pause()
    progress.end(token, types.WorkDoneProgressEnd())
