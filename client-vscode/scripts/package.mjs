// Builds switchpoint.vsix: one file for every platform and every CPython from 3.10 up, the same bytes every time.
import { spawnSync } from "node:child_process";
import { chmodSync, copyFileSync, cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "./build.mjs";
import { bundle, libs } from "./bundle.mjs";
import { writeLicenses } from "./licenses.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));
const DEFAULT_EPOCH = "1735689600"; // 2025-01-01: zip files carry a time, and any fixed one will do.

/** Builds the .vsix and answers its path. */
export async function makeVsix(target = path.join(root, "switchpoint.vsix")) {
  const inputs = await build();
  bundle();
  writeLicenses(root, libs, inputs);
  copyFileSync(path.join(root, "..", "LICENSE"), path.join(root, "LICENSE"));
  const staged = mkdtempSync(path.join(root, "dist", "vsix-"));
  try {
    stage(staged);
    pack(staged, target);
  } finally {
    rmSync(staged, { recursive: true, force: true });
  }
  return target;
}

/** Copies what is shipped, with the same modes whatever those of the checkout are: a zip file carries them. */
function stage(folder) {
  const { files } = JSON.parse(readFileSync(path.join(root, "package.json"), "utf8"));
  for (const name of ["package.json", ...files]) {
    cpSync(path.join(root, name), path.join(folder, name), { recursive: true });
  }
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    chmodSync(path.join(entry.parentPath, entry.name), entry.isDirectory() ? 0o755 : 0o644);
  }
}

function pack(folder, target) {
  const vsce = createRequire(import.meta.url).resolve("@vscode/vsce/vsce");
  const relative = ["--no-rewrite-relative-links", "--allow-missing-repository"];
  // Looking for secrets takes two minutes here, and all there is was published before or stands in this repository.
  const quick = ["--no-dependencies", "--allow-package-all-secrets"];
  const args = [vsce, "package", ...quick, ...relative, "--out", target];
  const env = { ...process.env, TZ: "UTC", SOURCE_DATE_EPOCH: process.env.SOURCE_DATE_EPOCH ?? DEFAULT_EPOCH };
  const done = spawnSync(process.execPath, args, { cwd: folder, env, encoding: "utf8" });
  if (done.status !== 0) {
    throw new Error(`${done.stdout}\n${done.stderr}`);
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const file = await makeVsix(process.argv[2] && path.resolve(process.argv[2]));
  console.log(`${file}: ${(statSync(file).size / 1e6).toFixed(2)} MB`);
}
