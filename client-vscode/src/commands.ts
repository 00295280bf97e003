/**
 * The commands that look at code: jumping between switch points, and showing why.
 * In: the active editor and the server's answers. Out: selections and peeks. No analysis here.
 */
import * as vscode from "vscode";
import type { LanguageClient } from "vscode-languageclient/node";
import { sites, why } from "./protocol";
import { neighbour } from "./wording";

type Client = () => LanguageClient | undefined;

/** Moves the cursor to the next (or previous) place where the task may be switched out. */
export async function jump(client: Client, step: 1 | -1): Promise<void> {
  const editor = vscode.window.activeTextEditor;
  const running = client();
  if (editor === undefined || running === undefined) {
    return;
  }
  const textDocument = { uri: editor.document.uri.toString() };
  const answer = (await running.sendRequest(sites, { textDocument })) ?? [];
  const starts = answer.filter(({ verdict }) => verdict === "may switch").map(({ range }) => range.start);
  const target = neighbour(starts, editor.selection.active, step);
  if (target === undefined) {
    vscode.window.setStatusBarMessage("switchpoint: no switch points in this file", 4000);
    return;
  }
  const position = new vscode.Position(target.line, target.character);
  editor.selection = new vscode.Selection(position, position);
  editor.revealRange(editor.selection, vscode.TextEditorRevealType.InCenterIfOutsideViewport);
}

/** Peeks along the chain from the site under the cursor down to what switches. */
export async function showWhy(client: Client): Promise<void> {
  const editor = vscode.window.activeTextEditor;
  const running = client();
  if (editor === undefined || running === undefined) {
    return;
  }
  const { document, selection } = editor;
  const params = { textDocument: { uri: document.uri.toString() }, position: selection.active };
  const chain = (await running.sendRequest(why, params)) ?? [];
  if (chain.length === 0) {
    vscode.window.setStatusBarMessage("switchpoint: nothing here can switch", 4000);
    return;
  }
  const locations = await Promise.all(chain.map((step) => running.protocol2CodeConverter.asLocation(step)));
  await vscode.commands.executeCommand(
    "editor.action.peekLocations",
    document.uri,
    selection.active,
    locations,
    "peek",
  );
}
