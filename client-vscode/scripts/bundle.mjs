// Fills bundled/libs with the server and the pure-Python libraries that it needs, the same on every machine.
import { createHash } from "node:crypto";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { python } from "./python.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));
export const libs = path.join(root, "bundled", "libs");
const lock = path.join(root, "bundled", "requirements.txt");
const kept = path.join(root, "dist");

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
  cpSync(lockedLibraries(), libs, { recursive: true });
  const server = path.join(root, "..", "server", "switchpoint");
  cpSync(server, path.join(libs, "switchpoint"), { recursive: true, filter: (file) => !file.endsWith("__pycache__") });
}

/** The folder of the libraries alone: made once for each state of the lock and of this file. */
function lockedLibraries() {
  const state = createHash("sha256");
  for (const file of [lock, fileURLToPath(import.meta.url)]) {
    state.update(readFileSync(file));
  }
  const folder = path.join(kept, `libraries-${state.digest("hex").slice(0, 16)}`);
  if (!existsSync(folder)) {
    mkdirSync(kept, { recursive: true });
    const partial = mkdtempSync(path.join(kept, "partial-"));
    try {
      installInto(partial);
      removeFrom(kept, (name) => name.startsWith("libraries-"));
      renameSync(partial, folder);
    } finally {
      rmSync(partial, { recursive: true, force: true });
    }
  }
  return folder;
}

function installInto(folder) {
  python([...PIP, "--python-version", "3.10", ...WHEELS, "--require-hashes", "--target", folder, "-r", lock]);
  keepOnlyStubs(folder);
  removeFrom(folder, (name) => UNUSED.test(name));
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    if (entry.isFile() && entry.parentPath.endsWith(".dist-info") && NOTES.has(entry.name)) {
      rmSync(path.join(entry.parentPath, entry.name));
    }
  }
}

function keepOnlyStubs(folder) {
  const aside = path.join(folder, "stubs");
  renameSync(path.join(folder, STUBS), aside);
  rmSync(path.join(folder, "jedi"), { recursive: true });
  mkdirSync(path.join(folder, path.dirname(STUBS)), { recursive: true });
  renameSync(aside, path.join(folder, STUBS));
  removeFrom(path.join(folder, STUBS), (name) => !READ_OF_STUBS.has(name));
}

function removeFrom(folder, unwanted) {
  for (const name of readdirSync(folder).filter(unwanted)) {
    rmSync(path.join(folder, name), { recursive: true });
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  bundle();
}
