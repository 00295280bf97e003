/**
 * The commands that look at code: jumping between switch points, and showing why.
 * In: the active editor and the server's answers. Out: selections and peeks. No analysis here.
 */
import * as vscode from "vscode";
import type { LanguageClient } from "vscode-languageclient/node";
import { sites, why } from "./protocol";
import { neighbour } from "./wording";

type Client = () => LanguageClient | undefined;
type Sample = () => Thenable<vscode.TextEditor>;

/** Moves the cursor to the next (or previous) place where the task may be switched out. */
export async function jump(client: Client, sample: Sample, step: 1 | -1): Promise<void> {
  const running = runningOrSaid(client);
  if (running !== undefined) {
    const { editor } = await codeInView(sample);
    await jumpIn(running, editor, step);
  }
}

/** Peeks along the chain from the site under the cursor down to what switches. */
export async function showWhy(client: Client, sample: Sample): Promise<void> {
  const running = runningOrSaid(client);
  if (running === undefined) {
    return;
  }
  const { editor, isSample } = await codeInView(sample);
  if (isSample) {
    await jumpIn(running, editor, 1);
  }
  const { document, selection } = editor;
  const params = { textDocument: { uri: document.uri.toString() }, position: selection.active };
  const chain = (await running.sendRequest(why, params)) ?? [];
  if (chain.length === 0) {
    say("nothing here can switch");
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

async function jumpIn(running: LanguageClient, editor: vscode.TextEditor, step: 1 | -1): Promise<void> {
  const textDocument = { uri: editor.document.uri.toString() };
  const answer = (await running.sendRequest(sites, { textDocument })) ?? [];
  const starts = answer.filter(({ verdict }) => verdict === "may switch").map(({ range }) => range.start);
  const target = neighbour(starts, editor.selection.active, step);
  if (target === undefined) {
    say("no switch points in this file");
    return;
  }
  const position = new vscode.Position(target.line, target.character);
  editor.selection = new vscode.Selection(position, position);
  editor.revealRange(editor.selection, vscode.TextEditorRevealType.InCenterIfOutsideViewport);
}

/** Where no Python is in view, as in the guide with its buttons, the sample is opened. */
async function codeInView(sample: Sample): Promise<{ editor: vscode.TextEditor; isSample: boolean }> {
  const editor = vscode.window.activeTextEditor;
  return editor?.document.languageId === "python"
    ? { editor, isSample: false }
    : { editor: await sample(), isSample: true };
}

function runningOrSaid(client: Client): LanguageClient | undefined {
  const running = client();
  if (running === undefined) {
    say("the server is not running");
  }
  return running;
}

function say(what: string): void {
  vscode.window.setStatusBarMessage(`switchpoint: ${what}`, 4000);
}
