// Runs the client's tests: `node run.mjs unit|e2e|pictures [NAME...]`. TypeScript is bundled by esbuild first.
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import * as esbuild from "esbuild";
import { makeVsix } from "../../client-vscode/scripts/package.mjs";
import { cacheFolder, prepareEditor } from "./e2e/install.mjs";

const here = path.dirname(fileURLToPath(import.meta.url));
const [suite = "unit", ...names] = process.argv.slice(2);
const folder = path.join(here, suite);
const wanted = (file) => file.endsWith(".test.ts") && (names.length === 0 || names.some((name) => file.includes(name)));
const tests = readdirSync(folder).filter(wanted);
// Inside the client's folder, so that what is not bundled is found in the repository's node_modules.
const dist = path.join(here, "..", "..", "client-vscode", "dist");
mkdirSync(dist, { recursive: true });
const built = mkdtempSync(path.join(dist, "tests-"));
try {
  await esbuild.build({
    entryPoints: tests.map((file) => path.join(folder, file)),
    outdir: built,
    outExtension: { ".js": ".mjs" },
    bundle: true,
    platform: "node",
    format: "esm",
    target: "node20",
    packages: "external",
    define: { REPOSITORY: JSON.stringify(path.join(here, "..", "..")) },
    logLevel: "warning",
  });
  const files = tests.map((file) => path.join(built, file.replace(/\.ts$/, ".mjs")));
  const env = suite === "unit" ? process.env : { ...process.env, ...(await whatEditorTestsNeed()) };
  const args = ["--test", "--test-concurrency=1", "--test-reporter=spec", ...files];
  process.exitCode = spawnSync(process.execPath, args, { stdio: "inherit", env }).status ?? 1;
} finally {
  rmSync(built, { recursive: true, force: true });
}

async function whatEditorTestsNeed() {
  const editor = await prepareEditor();
  if (editor.missing !== undefined) {
    console.log(`SKIPPED every test in a real VS Code: ${editor.missing}`);
  }
  const vsix = process.env.SWITCHPOINT_VSIX ?? (await makeVsix(path.join(built, "switchpoint.vsix")));
  return {
    SWITCHPOINT_VSIX: vsix,
    SWITCHPOINT_EDITOR: JSON.stringify(editor),
    SWITCHPOINT_E2E_CACHE: cacheFolder(),
  };
}
