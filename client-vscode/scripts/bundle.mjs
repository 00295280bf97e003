// Fills bundled/libs with the server and the pure-Python libraries that it needs, the same on every machine.
import { cpSync, mkdirSync, readdirSync, renameSync, rmSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { python } from "./python.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));
export const libs = path.join(root, "bundled", "libs");

// Wheels that run everywhere, exactly those locked, for the oldest Python that is promised.
const WHEELS = ["--only-binary", ":all:", "--platform", "any", "--implementation", "py", "--abi", "none"];
const PIP = ["-m", "pip", "--disable-pip-version-check", "--quiet", "install", "--no-deps", "--no-compile"];
// Notes of the installer: they differ between machines, and nothing reads them.
const NOTES = new Set(["RECORD", "INSTALLER", "REQUESTED", "direct_url.json"]);
// Of jedi, the server reads one folder, as text: the type stubs of the standard library.
const STUBS = path.join("jedi", "third_party", "typeshed");
const READ_OF_STUBS = new Set(["stdlib", "LICENSE"]);
// Programs, and what only jedi's own code would import.
const UNUSED = /^(bin|parso|parso-.*)$/;

export function bundle() {
  rmSync(libs, { recursive: true, force: true });
  mkdirSync(libs, { recursive: true });
  const lock = path.join(root, "bundled", "requirements.txt");
  python([...PIP, "--python-version", "3.10", ...WHEELS, "--require-hashes", "--target", libs, "-r", lock]);
  keepOnlyStubs();
  removeFrom(libs, (name) => UNUSED.test(name));
  const server = path.join(root, "..", "server", "switchpoint");
  cpSync(server, path.join(libs, "switchpoint"), { recursive: true, filter: (file) => !file.endsWith("__pycache__") });
  for (const entry of readdirSync(libs, { recursive: true, withFileTypes: true })) {
    if (entry.isFile() && entry.parentPath.endsWith(".dist-info") && NOTES.has(entry.name)) {
      rmSync(path.join(entry.parentPath, entry.name));
    }
  }
}

function keepOnlyStubs() {
  const aside = path.join(libs, "stubs");
  renameSync(path.join(libs, STUBS), aside);
  rmSync(path.join(libs, "jedi"), { recursive: true });
  mkdirSync(path.join(libs, path.dirname(STUBS)), { recursive: true });
  renameSync(aside, path.join(libs, STUBS));
  removeFrom(path.join(libs, STUBS), (name) => !READ_OF_STUBS.has(name));
}

function removeFrom(folder, unwanted) {
  for (const name of readdirSync(folder).filter(unwanted)) {
    rmSync(path.join(folder, name), { recursive: true });
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  bundle();
}
