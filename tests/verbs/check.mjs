// `npm run check`: format, lint, types and import contracts, all of them even when one fails.
import fs from "node:fs";
import path from "node:path";
import { npm, root, run } from "./process.mjs";
import { clientPackages, program, workEnvironment } from "./setup.mjs";

workEnvironment("dev");
const failed = [
  ["format", program("ruff"), ["format", "--check", "."]],
  ["lint", program("ruff"), ["check", "."]],
  ["imports", program("lint-imports"), ["--no-logo"]],
  ["types", program("pyright"), []],
  ...client(),
].filter(([what, command, args, options]) => {
  console.log(`\n-- ${what}`);
  return run(command, args, options) !== 0;
});
for (const [what] of failed) console.error(`switchpoint: ${what} failed`);
process.exitCode = failed.length > 0 ? 1 : 0;

function client() {
  if (!fs.existsSync(path.join(root, "client-vscode", "package.json"))) return [];
  clientPackages();
  const { command, args, options } = npm(["run", "--workspace", "client-vscode", "check"]);
  return [["client", command, args, options]];
}
