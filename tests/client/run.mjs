// Runs the client's tests: `node run.mjs unit` or `node run.mjs e2e [NAME...]`. TypeScript is bundled by esbuild first.
import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import * as esbuild from "esbuild";

const here = path.dirname(fileURLToPath(import.meta.url));
const [suite = "unit", ...names] = process.argv.slice(2);
const folder = path.join(here, suite);
const wanted = (file) => file.endsWith(".test.ts") && (names.length === 0 || names.some((name) => file.includes(name)));
const tests = readdirSync(folder).filter(wanted);
const built = mkdtempSync(path.join(tmpdir(), "switchpoint-client-tests-"));
try {
  await esbuild.build({
    entryPoints: tests.map((file) => path.join(folder, file)),
    outdir: built,
    outExtension: { ".js": ".mjs" },
    bundle: true,
    platform: "node",
    format: "esm",
    target: "node20",
    external: ["playwright-core"],
    define: { REPOSITORY: JSON.stringify(path.join(here, "..", "..")) },
    // What is external is loaded from the repository, although the built tests stand elsewhere.
    banner: { js: `import { createRequire } from "node:module"; const require = createRequire(${JSON.stringify(here)});` },
    logLevel: "warning",
  });
  const files = tests.map((file) => path.join(built, file.replace(/\.ts$/, ".mjs")));
  const args = ["--test", "--test-concurrency=1", "--test-reporter=spec", ...files];
  process.exitCode = spawnSync(process.execPath, args, { stdio: "inherit" }).status ?? 1;
} finally {
  rmSync(built, { recursive: true, force: true });
}
