// Finding CPython >= 3.10 on this machine. In: PATH and the usual folders. Out: interpreters, the best for work first.
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { fail, output, windows } from "./process.mjs";

const OLDEST = [3, 10];
const NEWEST_MINOR = 15;
const PROBE = `
import importlib.util, json, platform, sys
print(json.dumps({
    "path": sys.executable, "version": list(sys.version_info[:3]), "base": sys.base_prefix,
    "cpython": platform.python_implementation() == "CPython" and sys.version_info.releaselevel == "final",
    "venv": all(importlib.util.find_spec(name) for name in ("venv", "ensurepip")),
}))`;

/** The interpreter that the work environment is made with. */
export function mainInterpreter() {
  const found = commands().map(probe).filter(Boolean);
  const usable = found.find((python) => python.venv);
  if (usable) return usable;
  if (found.length > 0) fail(`${found[0].path} cannot make environments: install its venv package (Debian: python3-venv)`);
  return fail("no CPython 3.10 or newer on PATH (looked for python3, python, py -3)");
}

/** One interpreter per minor version, oldest first. */
export function allInterpreters() {
  const byMinor = new Map();
  for (const command of [...commands(), ...numbered(), ...installed()]) {
    const python = probe(command);
    if (python?.venv && !byMinor.has(python.version[1])) byMinor.set(python.version[1], python);
  }
  return [...byMinor.values()].sort((a, b) => a.version[1] - b.version[1]);
}

function commands() {
  return windows ? [["python"], ["py", "-3"], ["python3"]] : [["python3"], ["python"]];
}

function numbered() {
  const minors = Array.from({ length: NEWEST_MINOR - OLDEST[1] + 1 }, (_, step) => OLDEST[1] + step);
  return minors.map((minor) => (windows ? ["py", `-3.${minor}`] : [`python3.${minor}`]));
}

function installed() {
  const home = os.homedir();
  const pyenv = process.env.PYENV_ROOT ?? path.join(home, ".pyenv");
  const uv = process.env.UV_PYTHON_INSTALL_DIR ?? path.join(home, ".local", "share", "uv", "python");
  return [path.join(pyenv, "versions"), uv].flatMap(executablesIn);
}

function executablesIn(folder) {
  if (!fs.existsSync(folder)) return [];
  return fs.readdirSync(folder).sort().reverse().map((name) => [path.join(folder, name, "bin", "python3")]);
}

function probe([command, ...args]) {
  const answer = output(command, [...args, "-I", "-c", PROBE]);
  if (answer === null) return null;
  const python = JSON.parse(answer);
  const [major, minor] = python.version;
  return python.cpython && major === OLDEST[0] && minor >= OLDEST[1] ? python : null;
}
