// Running other programs. In: a command line. Out: its exit code or its output. Knows nothing of Python.
import { spawn, spawnSync } from "node:child_process";
import path from "node:path";
import { fileURLToPath } from "node:url";

export const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), "..", "..");
export const windows = process.platform === "win32";

/** Ends the verb with one clear line. */
export function fail(message) {
  console.error(`switchpoint: ${message}`);
  process.exit(2);
}

/** A program's standard output, or null when it cannot be run or fails. */
export function output(command, args) {
  const { status, stdout } = spawnSync(command, args, { encoding: "utf8", cwd: root, windowsHide: true, timeout: 60_000 });
  return status === 0 ? stdout : null;
}

/** Runs a program on this terminal and returns its exit code. */
export function run(command, args, options = {}) {
  const { status, error } = spawnSync(command, args, { stdio: "inherit", cwd: root, ...options });
  if (error) fail(`cannot run ${command}: ${error.message}`);
  return status ?? 1;
}

/** Runs a program quietly; what it printed is shown only when it fails, and then the verb ends. */
export function quietly(doing, command, args, options = {}) {
  console.log(`switchpoint: ${doing} ...`);
  const { status, stdout, stderr, error } = spawnSync(command, args, { encoding: "utf8", cwd: root, ...options });
  if (status === 0) return;
  process.stderr.write(`${stdout ?? ""}${stderr ?? ""}`);
  fail(`${doing} failed${error ? `: ${error.message}` : ""}`);
}

/** Runs a program on this terminal and also returns the last lines that it printed. */
export async function runAndListen(command, args, options = {}) {
  const child = spawn(command, args, { stdio: ["inherit", "pipe", "inherit"], cwd: root, ...options });
  child.stdout.setEncoding("utf8");
  let tail = "";
  child.stdout.on("data", (text) => {
    process.stdout.write(text);
    tail = (tail + text).slice(-4000);
  });
  const status = await new Promise((done) => {
    child.on("error", () => done(2));
    child.on("close", (code) => done(code ?? 1));
  });
  return { status, tail };
}

/** npm, as this very npm runs it. */
export function npm(args, options = {}) {
  const cli = process.env.npm_execpath;
  if (cli && /\.c?js$/.test(cli)) return { command: process.execPath, args: [cli, ...args], options };
  return { command: windows ? "npm.cmd" : "npm", args, options: { ...options, shell: windows } };
}
