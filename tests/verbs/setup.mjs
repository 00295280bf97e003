// The environments of the verbs. In: pyproject.toml, package-lock.json. Out: folders that are ready; quick the second time.
import { createHash } from "node:crypto";
import fs from "node:fs";
import path from "node:path";
import { mainInterpreter } from "./interpreters.mjs";
import { npm, quietly, root, windows } from "./process.mjs";

const VENV = path.join(root, ".venv");
const NEEDS = { run: ["-e", "."], test: ["-e", ".", "--group", "test"], dev: ["-e", ".", "--group", "dev"] };

/** The work environment with what `purpose` (run or dev) needs; returns its interpreter. */
export function workEnvironment(purpose) {
  const python = interpreterOf(VENV);
  if (!fs.existsSync(python)) create(VENV, mainInterpreter().path);
  install(VENV, purpose);
  return python;
}

/** An environment for the tests under another interpreter; returns its interpreter. */
export function testEnvironment({ path: interpreter, version: [major, minor] }) {
  const folder = path.join(VENV, "matrix", `${major}.${minor}`);
  if (!fs.existsSync(interpreterOf(folder))) create(folder, interpreter);
  install(folder, "test");
  return interpreterOf(folder);
}

/** The node packages of the client. */
export function clientPackages() {
  const lock = path.join(root, "package-lock.json");
  const stamp = path.join(root, "node_modules", ".switchpoint");
  const wanted = digest(lock);
  if (readOr(stamp) === wanted) return;
  const { command, args, options } = npm(["ci", "--ignore-scripts", "--no-audit", "--no-fund"]);
  quietly("installing the client's packages", command, args, options);
  fs.writeFileSync(stamp, wanted);
}

/** A program installed in the work environment. */
export function program(name) {
  return path.join(VENV, windows ? "Scripts" : "bin", windows ? `${name}.exe` : name);
}

function interpreterOf(folder) {
  return windows ? path.join(folder, "Scripts", "python.exe") : path.join(folder, "bin", "python");
}

function create(folder, interpreter) {
  quietly(`making ${path.relative(root, folder)} with ${interpreter}`, interpreter, ["-I", "-m", "venv", "--clear", folder]);
}

// A stamp holds the digest of what was asked for, so that an interrupted or outdated set-up is done again.
function install(folder, purpose) {
  const wanted = digest(path.join(root, "pyproject.toml"));
  if (stampsOf(purpose).some((name) => readOr(path.join(folder, name)) === wanted)) return;
  const python = interpreterOf(folder);
  const pip = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check"];
  // Dependency groups need pip 25.1; what a fresh environment brings is older.
  quietly("updating pip", python, [...pip, "--upgrade", "pip>=25.1"]);
  quietly(`installing what ${purpose} needs in ${path.relative(root, folder)}`, python, [...pip, ...NEEDS[purpose]]);
  fs.writeFileSync(path.join(folder, stampsOf(purpose)[0]), wanted);
}

function stampsOf(purpose) {
  return purpose === "run" ? [".switchpoint-run", ".switchpoint-dev"] : [`.switchpoint-${purpose}`];
}

function digest(file) {
  const text = fs.readFileSync(file, "utf8").replaceAll("\r\n", "\n");
  return createHash("sha256").update(text).digest("hex");
}

function readOr(file) {
  return fs.existsSync(file) ? fs.readFileSync(file, "utf8") : "";
}
