// `npm run generate`: rewrites what is derived from the sources. Tests fail while any of it is stale.
import fs from "node:fs";
import path from "node:path";
import { npm, root, run } from "./process.mjs";
import { clientPackages, workEnvironment } from "./setup.mjs";

const python = workEnvironment("dev");
const codes = [run(python, ["tests/verbs/readme.py", "--write"])];
if (fs.existsSync(path.join(root, "client-vscode", "package.json"))) {
  clientPackages();
  const { command, args, options } = npm(["run", "--workspace", "client-vscode", "generate"]);
  codes.push(run(command, args, options));
}
process.exitCode = Math.max(...codes);
