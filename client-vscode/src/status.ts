/**
 * The language status item: the verdicts of the file in view.
 * In: the server's state and its figures. Out: one item whose click opens the log.
 */
import * as vscode from "vscode";
import type { StatusParams } from "./protocol";
import { type ServerState, statusLine } from "./wording";

export class Status implements vscode.Disposable {
  readonly #item: vscode.LanguageStatusItem;
  readonly #figures = new Map<string, StatusParams>();
  readonly #subscriptions: vscode.Disposable[];
  #state: ServerState = { kind: "starting" };

  constructor() {
    this.#item = vscode.languages.createLanguageStatusItem("switchpoint", { language: "python" });
    this.#item.name = "switchpoint";
    this.#subscriptions = [
      vscode.window.onDidChangeActiveTextEditor(() => this.#show()),
      vscode.workspace.onDidCloseTextDocument(({ uri }) => this.#figures.delete(uri.toString())),
    ];
    this.#show();
  }

  setState(state: ServerState): void {
    this.#state = state;
    if (state.kind !== "running") {
      this.#figures.clear();
    }
    this.#show();
  }

  setFigures(params: StatusParams): void {
    // Both sides escape a URI in their own way; going through VS Code's makes them comparable.
    this.#figures.set(vscode.Uri.parse(params.uri).toString(), params);
    this.#show();
  }

  dispose(): void {
    vscode.Disposable.from(this.#item, ...this.#subscriptions).dispose();
  }

  #show(): void {
    const inView = vscode.window.activeTextEditor?.document.uri.toString();
    const line = statusLine(this.#state, inView === undefined ? undefined : this.#figures.get(inView));
    this.#item.text = line.text;
    this.#item.detail = line.detail;
    this.#item.busy = line.busy;
    this.#item.severity = SEVERITIES[line.severity];
    // A server that did not start has written nothing; why it did not stands in the client's log.
    const log = this.#state.kind === "failed" ? "showClientLog" : "showServerLog";
    this.#item.command = { title: "Show log", command: `switchpoint.${log}` };
  }
}

const SEVERITIES = {
  information: vscode.LanguageStatusSeverity.Information,
  warning: vscode.LanguageStatusSeverity.Warning,
  error: vscode.LanguageStatusSeverity.Error,
} as const;
