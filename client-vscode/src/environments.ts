/**
 * What the Python extensions have chosen, where one of them is installed; without them, nothing.
 * In: their public interfaces, of which only what is used is declared here. Out: paths, and an event.
 */
import * as path from "node:path";
import * as vscode from "vscode";

/** The chosen Python of a folder (or of the window): an executable's path. Never waits long. */
export interface Environments {
  chosen(scope: vscode.Uri | undefined): Promise<string | undefined>;
  readonly onDidChange: vscode.Event<void>;
}

/** Activating another extension may take long on a slow machine: the server does not wait, it is reconciled later. */
const PATIENCE_MS = 3_000;

export function findEnvironments(subscriptions: vscode.Disposable[], log: vscode.LogOutputChannel): Environments {
  const changed = new vscode.EventEmitter<void>();
  subscriptions.push(changed);
  const provider = findProvider(changed, subscriptions).catch((error: unknown) => {
    log.warn(`The Python extension could not be asked: ${String(error)}`);
    return undefined;
  });
  let late = false;
  void provider.then((found) => late && found !== undefined && changed.fire());
  return {
    onDidChange: changed.event,
    async chosen(scope) {
      const known = await soon(provider);
      late ||= known === undefined;
      return known && (await soon(known(scope)));
    },
  };
}

type Ask = (scope: vscode.Uri | undefined) => Promise<string | undefined>;

async function findProvider(
  changed: vscode.EventEmitter<void>,
  subscriptions: vscode.Disposable[],
): Promise<Ask | undefined> {
  const newer = await exportsOf<PythonEnvironmentsApi>("ms-python.vscode-python-envs");
  if (newer !== undefined) {
    subscriptions.push(newer.onDidChangeEnvironment(() => changed.fire()));
    return async (scope) => (await newer.getEnvironment(scope))?.execInfo.run.executable;
  }
  const older = await exportsOf<PythonApi>("ms-python.python");
  if (older === undefined) {
    return undefined;
  }
  const { environments } = older;
  subscriptions.push(environments.onDidChangeActiveEnvironmentPath(() => changed.fire()));
  return async (scope) => {
    const active = environments.getActiveEnvironmentPath(scope);
    // Resolving may run conda and take seconds; it is needed only where the choice is a name, such as `python`.
    return path.isAbsolute(active.path)
      ? active.path
      : (await environments.resolveEnvironment(active))?.executable.uri?.fsPath;
  };
}

async function exportsOf<Api>(id: string): Promise<Api | undefined> {
  // An extension that its user has switched off exports nothing.
  return (await vscode.extensions.getExtension<Api | undefined>(id)?.activate()) ?? undefined;
}

function soon<T>(answer: Promise<T>): Promise<T | undefined> {
  return Promise.race([answer, new Promise<undefined>((resolve) => setTimeout(() => resolve(undefined), PATIENCE_MS))]);
}

interface PythonEnvironmentsApi {
  getEnvironment(
    scope: vscode.Uri | undefined,
  ): Promise<{ readonly execInfo: { readonly run: { readonly executable: string } } } | undefined>;
  readonly onDidChangeEnvironment: vscode.Event<unknown>;
}

interface PythonApi {
  readonly environments: {
    getActiveEnvironmentPath(scope: vscode.Uri | undefined): { readonly path: string };
    resolveEnvironment(path: {
      readonly path: string;
    }): Promise<{ readonly executable: { readonly uri: vscode.Uri | undefined } } | undefined>;
    readonly onDidChangeActiveEnvironmentPath: vscode.Event<unknown>;
  };
}
