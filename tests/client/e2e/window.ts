/**
 * One VS Code server and the browser windows that look at it.
 * In: an installed editor, a .vsix, a folder. Out: pages. Every instance has its own folders and port, and ends by its id.
 */
import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { type Browser, chromium, type Page } from "playwright-core";
import { ARTEFACTS, PATIENCE_MS } from "./seeing";

const FLAGS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/** What a person would close by hand before taking a picture. Nothing here changes what is tested. */
const CALM = {
  "workbench.startupEditor": "none",
  "workbench.activityBar.location": "hidden",
  "workbench.secondarySideBar.defaultVisibility": "hidden",
  "workbench.sideBar.location": "right",
  "workbench.tips.enabled": false,
  "chat.disableAIFeatures": true,
  "editor.minimap.enabled": false,
  "editor.cursorBlinking": "solid",
  "breadcrumbs.enabled": false,
  "window.menuBarVisibility": "hidden",
  "git.enabled": false,
  "update.mode": "none",
  "security.workspace.trust.untrustedFiles": "open",
};

export interface Size {
  readonly width: number;
  readonly height: number;
}

const SIZE: Size = { width: 1000, height: 1100 };

export type Theme = "dark" | "light";
const THEMES: Record<Theme, string> = { dark: "Default Dark Modern", light: "Default Light Modern" };

/** What every instance needs: put into the environment by `run.mjs`. */
export interface Prepared {
  readonly node: string;
  readonly entry: string;
  readonly browser: string;
  readonly vsix: string;
}

/** Or why it cannot be had here, in one sentence. */
export function prepared(): Prepared | string {
  const { SWITCHPOINT_EDITOR: editor, SWITCHPOINT_VSIX: vsix } = process.env;
  if (editor === undefined || vsix === undefined) {
    throw new Error("these tests are run through run.mjs");
  }
  const found: Omit<Prepared, "vsix"> | { readonly missing: string } = JSON.parse(editor);
  return "missing" in found ? found.missing : { ...found, vsix };
}

export interface Instance {
  readonly folder: string;
  /** Opens the workspace in a new browser profile. */
  open(theme?: Theme, size?: Size): Promise<Page>;
  /** Writes a file of the workspace and answers its path. */
  write(name: string, text: string): string;
  /** Writes the user's settings file, for the windows that are opened after it. */
  settings(changes: Record<string, unknown>, theme?: Theme): void;
  end(): Promise<void>;
}

export interface Options {
  readonly trust: boolean;
  /** Other extensions that are installed as well: .vsix files. */
  readonly extensions?: readonly string[];
  /** In place of the one around the tests. */
  readonly searchPath?: string;
}

export async function startInstance(
  { node, entry, browser: executablePath, vsix }: Prepared,
  { trust, extensions = [], searchPath }: Options,
): Promise<Instance> {
  const home = mkdtempSync(path.join(tmpdir(), "switchpoint-e2e-"));
  const folder = path.join(home, "work");
  mkdirSync(folder);
  const settings = (changes: Record<string, unknown>, theme: Theme = "dark") => {
    const file = path.join(home, "user", "User", "settings.json");
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, JSON.stringify({ ...CALM, "workbench.colorTheme": THEMES[theme], ...changes }));
  };
  settings({});
  const common = [entry, "--user-data-dir", path.join(home, "user"), "--extensions-dir", path.join(home, "ext")];
  const own = [...common, "--config", path.join(home, "config.yaml")];
  const env = environment(searchPath);
  const installed = [vsix, ...extensions].flatMap((extension) => ["--install-extension", extension]);
  await promisify(execFile)(node, [...own, ...installed], { env });
  const port = await freePort();
  const server = spawn(node, [...own, ...serving(port, trust), folder], {
    detached: true,
    stdio: "ignore",
    env,
  });
  await answering(port, server);
  const browser = await chromium.launch({ executablePath, args: FLAGS });
  const url = `http://127.0.0.1:${port}/?folder=${encodeURIComponent(folder)}`;
  return {
    folder,
    settings,
    open: (theme = "dark", size = SIZE) => openWindow(browser, url, theme, size),
    write(name, text) {
      const file = path.join(folder, name);
      mkdirSync(path.dirname(file), { recursive: true });
      writeFileSync(file, text);
      return file;
    },
    async end() {
      await browser.close();
      await endGroup(server);
      cpSync(path.join(home, "user", "logs"), path.join(ARTEFACTS, "logs", path.basename(home)), { recursive: true });
      rmSync(home, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

function serving(port: number, trust: boolean): string[] {
  const quiet = ["--auth", "none", "--disable-telemetry", "--disable-update-check"];
  return [...quiet, "--bind-addr", `127.0.0.1:${port}`, ...(trust ? [] : ["--disable-workspace-trust"])];
}

/** No variable of an editor or of a Python environment around the tests may reach the one that is tested. */
function environment(searchPath: string | undefined): NodeJS.ProcessEnv {
  const foreign = /^(VSCODE_|PYTHON|VIRTUAL_ENV|npm_|NODE_OPTIONS|CODE_SERVER)/;
  const own = Object.fromEntries(Object.entries(process.env).filter(([name]) => !foreign.test(name)));
  // As if started in a terminal: otherwise VS Code asks the user's shell for the search path.
  return searchPath === undefined ? own : { ...own, PATH: searchPath, VSCODE_CLI: "1" };
}

async function openWindow(browser: Browser, url: string, theme: Theme, viewport: Size): Promise<Page> {
  const context = await browser.newContext({
    viewport,
    deviceScaleFactor: 1.5,
    colorScheme: theme,
  });
  context.setDefaultTimeout(PATIENCE_MS);
  const page = await context.newPage();
  await page.goto(url);
  await page.locator(".monaco-workbench .statusbar").waitFor({ timeout: PATIENCE_MS });
  return page;
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  if (address === null || typeof address === "string") {
    throw new Error("no port was given");
  }
  return address.port;
}

async function answering(port: number, server: ChildProcess): Promise<void> {
  const until = Date.now() + PATIENCE_MS;
  while (Date.now() < until && server.exitCode === null) {
    const answer = await fetch(`http://127.0.0.1:${port}/healthz`).catch(() => undefined);
    if (answer?.ok) {
      return;
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error("the editor's server did not start");
}

/** The server was started as the head of its own group, so that its helpers end with it. */
async function endGroup(server: ChildProcess): Promise<void> {
  if (server.pid === undefined || server.exitCode !== null) {
    return;
  }
  const gone = once(server, "exit");
  process.kill(-server.pid, "SIGTERM");
  const late = setTimeout(() => process.kill(-(server.pid ?? 0), "SIGKILL"), 5_000);
  await gone;
  clearTimeout(late);
}
