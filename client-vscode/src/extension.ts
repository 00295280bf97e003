/**
 * Wires the parts together: settings, trust and environments decide which server runs; commands and status use it.
 */
import * as fs from "node:fs/promises";
import * as path from "node:path";
import * as vscode from "vscode";
import { jump, showWhy } from "./commands";
import { SECTION, type StartSettings, startSettings, toggleHints } from "./configuration";
import { showDebugInformation } from "./debug";
import { type Environments, findEnvironments } from "./environments";
import { chooseInterpreter, located, refused, type Surroundings } from "./interpreter";
import { type Launch, launchOf, type Places, staleFolders } from "./launch";
import { thisMachine } from "./machine";
import { type RunningServer, startServer } from "./server";
import { Status } from "./status";
import { type Steps, Supervisor } from "./supervisor";
import { didNotStart, NO_INTERPRETER, noInterpreter } from "./wording";

let supervisor: Supervisor<Launch> | undefined;

export async function activate(context: vscode.ExtensionContext): Promise<void> {
  const log = vscode.window.createOutputChannel("switchpoint", { log: true });
  const serverLog = vscode.window.createOutputChannel("switchpoint server", { log: true });
  const status = new Status();
  context.subscriptions.push(log, serverLog, status);
  const environments = findEnvironments(context.subscriptions, log);
  const places = await preparePlaces(context);
  let server: RunningServer | undefined;
  const client = () => server?.client;
  const steps: Steps<Launch> = {
    resolve: () => resolveLaunch(places, environments, status, log),
    async start(launch) {
      const begun = performance.now();
      log.info(`Starting ${launch.description}`);
      server = await startServer(launch, {
        log: serverLog,
        environments,
        onState: (state) => status.setState(state),
        onStatus: (params) => status.setFigures(params),
      });
      log.info(`Ready after ${((performance.now() - begun) / 1000).toFixed(1)} s`);
      return server;
    },
    stopped() {
      server = undefined;
    },
    failed(error) {
      log.error(`The server did not start: ${String(error)}`);
      status.setState({ kind: "failed", why: didNotStart(error) });
    },
  };
  supervisor = new Supervisor(steps);
  registerCommands(context, supervisor, client, { log, serverLog });
  registerChanges(context, supervisor, environments, client);
  // Not awaited: the commands are there at once, whatever a slow machine needs to start a server.
  void supervisor.reconcile();
}

export async function deactivate(): Promise<void> {
  await supervisor?.end();
}

async function resolveLaunch(
  places: Places,
  environments: Environments,
  status: Status,
  log: vscode.LogOutputChannel,
): Promise<Launch | undefined> {
  const settings = startSettings();
  const surroundings = await surroundingsOf(settings, environments);
  const machine = thisMachine(places.storage);
  const named = located(settings.path, surroundings, machine);
  const refusal = refused(named, surroundings, machine);
  const { interpreter, rejected } = await chooseInterpreter(surroundings, machine);
  for (const { file, why } of refusal === undefined ? rejected : [{ file: named[0], why: refusal }, ...rejected]) {
    log.warn(`Not used: ${file}: ${why}`);
  }
  const launch = launchOf({ ...settings, path: refusal === undefined ? named : [] }, interpreter, places);
  if (launch === undefined) {
    status.setState({ kind: "failed", why: NO_INTERPRETER });
    void askForInterpreter(noInterpreter(rejected));
  }
  return launch;
}

async function surroundingsOf(settings: StartSettings, environments: Environments): Promise<Surroundings> {
  const folders = vscode.workspace.workspaceFolders ?? [];
  return {
    setting: settings.interpreter,
    environment: await environments.chosen(folders[0]?.uri),
    trusted: vscode.workspace.isTrusted,
    folders: folders.map(({ uri }) => uri.fsPath),
    searchPath: process.env.PATH ?? process.env.Path ?? "",
    platform: process.platform,
  };
}

/** Nobody who waits for hints looks for an error in the status bar. */
async function askForInterpreter(why: string): Promise<void> {
  const settings = "Open Settings";
  if ((await vscode.window.showErrorMessage(why, settings)) === settings) {
    await vscode.commands.executeCommand("workbench.action.openSettings", `${SECTION}.interpreter`);
  }
}

async function preparePlaces(context: vscode.ExtensionContext): Promise<Places> {
  const version = String(context.extension.packageJSON.version);
  const storage = context.globalStorageUri.fsPath;
  await fs.mkdir(storage, { recursive: true });
  for (const name of staleFolders(await fs.readdir(storage), version)) {
    await fs.rm(path.join(storage, name), { recursive: true, force: true });
  }
  return { bootstrap: context.asAbsolutePath(path.join("bundled", "start.py")), storage, version };
}

function registerChanges(
  context: vscode.ExtensionContext,
  servers: Supervisor<Launch>,
  environments: Environments,
  client: () => RunningServer["client"] | undefined,
): void {
  const startsAnother = ["interpreter", "path", "importStrategy"].map((name) => `${SECTION}.${name}`);
  context.subscriptions.push(
    vscode.workspace.onDidChangeConfiguration((event) => {
      if (startsAnother.some((name) => event.affectsConfiguration(name))) {
        void servers.reconcile();
      }
    }),
    vscode.workspace.onDidGrantWorkspaceTrust(() => void servers.reconcile()),
    environments.onDidChange(async () => {
      await servers.reconcile();
      // The server asks again for its settings, and with them for the environment to analyse against.
      await client()?.sendNotification("workspace/didChangeConfiguration", { settings: null });
    }),
  );
}

function registerCommands(
  context: vscode.ExtensionContext,
  servers: Supervisor<Launch>,
  client: () => RunningServer["client"] | undefined,
  logs: { readonly log: vscode.LogOutputChannel; readonly serverLog: vscode.LogOutputChannel },
): void {
  const sample = () =>
    vscode.window.showTextDocument(vscode.Uri.joinPath(context.extensionUri, "sample", "orders.py"), {
      preview: false,
    });
  const commands: Record<string, () => unknown> = {
    restart: () => servers.restart(),
    showServerLog: () => logs.serverLog.show(),
    showClientLog: () => logs.log.show(),
    debugInformation: () => showDebugInformation(context.extension, servers.resolution),
    toggleHints: () => toggleHints(context.globalState),
    nextSwitchPoint: () => jump(client, sample, 1),
    previousSwitchPoint: () => jump(client, sample, -1),
    showWhy: () => showWhy(client, sample),
    openGuide: () => vscode.commands.executeCommand("workbench.action.openWalkthrough", GUIDE, false),
    openSample: sample,
  };
  for (const [name, run] of Object.entries(commands)) {
    context.subscriptions.push(vscode.commands.registerCommand(`${SECTION}.${name}`, run));
  }
}

const GUIDE = "switchpoint.switchpoint#guide";
