// Opens VS Code on the sample with this extension loaded from the source folder, and no other extension.
import { spawnSync } from "node:child_process";
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "./build.mjs";
import { bundle } from "./bundle.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));
const shell = process.platform === "win32";

if (spawnSync("code", ["--version"], { shell }).status !== 0) {
  console.error(
    "switchpoint: `code` is not on the search path (in VS Code: Shell Command: Install 'code' command in PATH).",
  );
  console.error("`npm run package` builds a file that every VS Code installs: Extensions: Install from VSIX...");
  process.exit(2);
}
await build();
bundle();
const own = ["--user-data-dir", mkdtempSync(path.join(tmpdir(), "switchpoint-vscode-")), "--disable-extensions"];
const sample = path.join(root, "sample");
const args = [...own, `--extensionDevelopmentPath=${root}`, sample, path.join(sample, "orders.py")];
const quoted = shell ? args.map((argument) => `"${argument}"`) : args;
process.exitCode = spawnSync("code", quoted, { stdio: "inherit", shell }).status ?? 1;
