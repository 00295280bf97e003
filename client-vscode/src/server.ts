/**
 * One running server: from a command line to a language client that talks to it, and back to nothing.
 * In: a `Launch` and what the client must ask and tell. Out: something that can be stopped.
 */
import * as readline from "node:readline";
import type { Readable } from "node:stream";
import * as vscode from "vscode";
import {
  type ConfigurationParams,
  LanguageClient,
  type LanguageClientOptions,
  RevealOutputChannelOn,
  State,
} from "vscode-languageclient/node";
import { ofTheSameText } from "./asking";
import { SECTION } from "./configuration";
import type { Environments } from "./environments";
import { clickable } from "./hints";
import type { Launch } from "./launch";
import { type StatusParams, status } from "./protocol";
import type { Running } from "./supervisor";
import { type LogLevel, logged, type ServerState } from "./wording";

export interface RunningServer extends Running {
  readonly client: LanguageClient;
}

export interface Surface {
  readonly log: vscode.LogOutputChannel;
  readonly environments: Environments;
  readonly onState: (state: ServerState) => void;
  readonly onStatus: (params: StatusParams) => void;
}

export async function startServer(launch: Launch, surface: Surface): Promise<RunningServer> {
  const { command, args, cwd } = launch;
  const client = new LanguageClient(
    SECTION,
    "switchpoint",
    { command, args: [...args], options: { cwd } },
    clientOptions(surface),
  );
  const watching = [
    client.onNotification(status, surface.onStatus),
    client.onDidChangeState(({ newState }) => surface.onState(stateOf(newState))),
  ];
  const stop = async () => {
    for (const watch of watching) {
      watch.dispose();
    }
    await client.dispose();
  };
  try {
    await client.start();
  } catch (error) {
    await stop().catch(() => undefined);
    throw error;
  }
  return { client, stop };
}

function clientOptions({ log, environments }: Surface): LanguageClientOptions {
  return {
    documentSelector: [
      { scheme: "file", language: "python" },
      { scheme: "untitled", language: "python" },
      { scheme: "vscode-notebook-cell", language: "python" },
    ],
    outputChannel: log,
    stdioOptions: { stdout: forward, stderr: forward },
    revealOutputChannelOn: RevealOutputChannelOn.Never,
    // Text of the workspace stands in hovers, escaped by the server; were it not, it could still run nothing else.
    markdown: { isTrusted: { enabledCommands: ALLOWED_IN_MARKDOWN }, supportHtml: false },
    synchronize: { configurationSection: SECTION },
    middleware: {
      provideInlayHints: async (document, range, token, next) => {
        const hints = await ofTheSameText(document, token, () => next(document, range, token));
        return hints?.map(clickable);
      },
      resolveInlayHint: async (hint, token, next) => {
        const resolved = await next(hint, token);
        return resolved && clickable(resolved);
      },
      workspace: {
        configuration: async (params, token, next) => {
          const answers = await next(params, token);
          return Array.isArray(answers) ? withEnvironments(params, answers, environments) : answers;
        },
      },
    },
  };
}

/** Lines that do not say how grave they are come from Python itself, when it cannot go on. */
function forward(stream: Readable, log: vscode.LogOutputChannel): void {
  let level: LogLevel = "error";
  readline.createInterface({ input: stream, terminal: false }).on("line", (line) => {
    const said = logged(line, level);
    level = said.level;
    log[level](said.text);
  });
}

/** Where the setting `python` is empty, the Python extension's choice for that folder is what the code runs on. */
async function withEnvironments(
  params: ConfigurationParams,
  answers: readonly unknown[],
  environments: Environments,
): Promise<unknown[]> {
  return Promise.all(
    answers.map(async (answer, index) => {
      const item = params.items[index];
      if (item?.section !== SECTION || !isRecord(answer) || (answer.python ?? "") !== "") {
        return answer;
      }
      const scope = item.scopeUri === undefined ? undefined : vscode.Uri.parse(item.scopeUri);
      return { ...answer, python: (await environments.chosen(scope)) ?? "" };
    }),
  );
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}

function stateOf(state: State): ServerState {
  switch (state) {
    case State.Starting:
    case State.StartFailed:
      return { kind: "starting" };
    case State.Running:
      return { kind: "running" };
    case State.Stopped:
      return { kind: "stopped" };
  }
}

const ALLOWED_IN_MARKDOWN = ["switchpoint.showWhy", "switchpoint.openGuide"];
