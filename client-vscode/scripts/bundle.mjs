// Fills bundled/libs with the server and the pure-Python libraries that it needs, the same on every machine.
import { chmodSync, cpSync, mkdirSync, readdirSync, rmSync } from "node:fs";
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

export function bundle() {
  rmSync(libs, { recursive: true, force: true });
  mkdirSync(libs, { recursive: true });
  const lock = path.join(root, "bundled", "requirements.txt");
  python([...PIP, "--python-version", "3.10", ...WHEELS, "--require-hashes", "--target", libs, "-r", lock]);
  rmSync(path.join(libs, "bin"), { recursive: true, force: true });
  const server = path.join(root, "..", "server", "switchpoint");
  cpSync(server, path.join(libs, "switchpoint"), { recursive: true, filter: (file) => !file.endsWith("__pycache__") });
  for (const entry of readdirSync(libs, { recursive: true, withFileTypes: true })) {
    const file = path.join(entry.parentPath, entry.name);
    if (entry.isFile() && entry.parentPath.endsWith(".dist-info") && NOTES.has(entry.name)) {
      rmSync(file);
    } else {
      chmodSync(file, entry.isDirectory() ? 0o755 : 0o644);
    }
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  bundle();
}
