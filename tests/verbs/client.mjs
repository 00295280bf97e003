// `npm run vscode`, `npm run package`: the client's own verbs, after setting up what they need.
import { npm, run } from "./process.mjs";
import { clientPackages, workEnvironment } from "./setup.mjs";

workEnvironment("run");
clientPackages();
const { command, args, options } = npm(["run", "--workspace", "client-vscode", ...process.argv.slice(2)]);
process.exitCode = run(command, args, options);
