/**
 * Wires the parts together: settings, trust and environments decide which server runs; commands and status use it.
 */
import * as fs from "node:fs/promises";
import * as path from "node:path";
import * as vscode from "vscode";
import { jump, showWhy } from "./commands";
import { SECTION, startSettings, toggleHints } from "./configuration";
import { showDebugInformation } from "./debug";
import { type Environments, findEnvironments } from "./environments";
import { chooseInterpreter } from "./interpreter";
import { type Launch, launchOf, type Places, staleFolders } from "./launch";
import { thisMachine } from "./machine";
import { type RunningServer, startServer } from "./server";
import { Status } from "./status";
import { type Steps, Supervisor } from "./supervisor";
import { noInterpreter } from "./wording";

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
      log.info(`Starting ${launch.description}`);
      server = await startServer(launch, {
        log: serverLog,
        environments,
        onState: (state) => status.setState(state),
        onStatus: (params) => status.setFigures(params),
      });
      return server;
    },
    stopped() {
      server = undefined;
    },
    failed(error) {
      log.error(`The server did not start: ${String(error)}`);
      status.setState({ kind: "failed", why: String(error) });
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
  const folders = (vscode.workspace.workspaceFolders ?? []).map(({ uri }) => uri.fsPath);
  const surroundings = {
    setting: settings.interpreter,
    environment: await environments.chosen(vscode.workspace.workspaceFolders?.[0]?.uri),
    trusted: vscode.workspace.isTrusted,
    folders,
    searchPath: process.env.PATH ?? process.env.Path ?? "",
    platform: process.platform,
  };
  const { interpreter, rejected } = await chooseInterpreter(surroundings, thisMachine(places.storage));
  for (const { file, why } of rejected) {
    log.warn(`Not used: ${file}: ${why}`);
  }
  const launch = launchOf(settings, interpreter, places);
  if (launch === undefined) {
    status.setState({ kind: "failed", why: noInterpreter(rejected) });
  }
  return launch;
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
  const commands: Record<string, () => unknown> = {
    restart: () => servers.restart(),
    showServerLog: () => logs.serverLog.show(),
    showClientLog: () => logs.log.show(),
    debugInformation: () => showDebugInformation(context.extension, servers.resolution),
    toggleHints: () => toggleHints(context.globalState),
    nextSwitchPoint: () => jump(client, 1),
    previousSwitchPoint: () => jump(client, -1),
    showWhy: () => showWhy(client),
    openGuide: () => vscode.commands.executeCommand("workbench.action.openWalkthrough", GUIDE, false),
    openSample: () => vscode.window.showTextDocument(vscode.Uri.joinPath(context.extensionUri, "sample", "orders.py")),
  };
  for (const [name, run] of Object.entries(commands)) {
    context.subscriptions.push(vscode.commands.registerCommand(`${SECTION}.${name}`, run));
  }
}

const GUIDE = "switchpoint.switchpoint#guide";
