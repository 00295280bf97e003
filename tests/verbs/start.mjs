// `npm start [-- PATH]`: sets up, then shows the main job in this terminal.
import fs from "node:fs";
import path from "node:path";
import { fail, root, run } from "./process.mjs";
import { program, workEnvironment } from "./setup.mjs";

const EXAMPLES = ["tests/examples/children.py", "tests/examples/cache.py"];
const NEXT = `
In an editor:
  VS Code            npm run vscode        (needs \`code\` on PATH)
  any LSP editor     let it start: ${program("switchpoint")} serve
Your own code:       npm start -- PATH     (a file or a folder)
Every option:        ${program("switchpoint")} --help
`;

function main(given) {
  const places = given.map((name) => path.resolve(process.env.INIT_CWD ?? process.cwd(), name));
  const missing = places.find((place) => !fs.existsSync(place));
  if (missing) fail(`${missing} does not exist`);
  workEnvironment("run");
  if (places.length > 0) return Math.max(...places.map(show));
  const status = Math.max(...EXAMPLES.map((name) => show(path.join(root, name))));
  if (status === 0) console.log(NEXT);
  return status;
}

function show(place) {
  if (fs.statSync(place).isDirectory()) return run(program("switchpoint"), ["check", place]);
  console.log(`\n${path.relative(root, place)}\n`);
  return run(program("switchpoint"), ["annotate", place]);
}

process.exitCode = main(process.argv.slice(2));
