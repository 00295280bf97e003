// `npm test`: sets up and passes every test. `npm test -- ARGS` gives ARGS to pytest and runs nothing else.
import fs from "node:fs";
import path from "node:path";
import { allInterpreters } from "./interpreters.mjs";
import { npm, output, root, runAndListen } from "./process.mjs";
import { clientPackages, testEnvironment, workEnvironment } from "./setup.mjs";

// What the interpreter that runs switchpoint can change: how source is parsed, how the program starts. Sites of every kind
// stand in these cases; programs that are observed run in every interpreter found, whichever runs the tests.
const SITES = ["await", "async_with", "async_for", "comprehensions", "control_flow", "primitive"];
const LIGHT = ["tests/files", "tests/cli", ...SITES.map((subject) => `tests/semantics/${subject}.md`)];
const COUNTED = ["passed", "failed", "skipped", "error"];

async function main(given) {
  if (given.length > 0) return (await pytest("asked", workEnvironment("dev"), given)).status;
  const python = workEnvironment("dev");
  if (hasClient()) clientPackages();
  const suites = [...(await lightSuites(python)), ...(await clientSuites())];
  suites.push(await pytest(`everything, Python ${versionOf(python)}`, python, ["tests"]));
  return summary(suites);
}

async function lightSuites(python) {
  const others = allInterpreters().filter(({ version }) => version.slice(0, 2).join(".") !== versionOf(python));
  if (others.length === 0) console.log("switchpoint: SKIPPED other Pythons: none found on this machine");
  const suites = [];
  for (const other of others) {
    const name = `analysis and command line, Python ${other.version.join(".")}`;
    suites.push(await pytest(name, testEnvironment(other), [...LIGHT, "--claims-only"]));
  }
  return suites;
}

async function clientSuites() {
  if (!hasClient()) return [];
  return [await clientSuite("client's own logic", "test"), await editorSuite("client in a real VS Code", "test:e2e")];
}

// A machine that is slow for a moment disturbs what a person would see. A second run decides, and is never silent.
async function editorSuite(name, script) {
  const first = await clientSuite(name, script);
  if (first.status === 0) return first;
  console.log(`\nswitchpoint: ${name}: failed, once more (first run: ${first.line})`);
  const second = await clientSuite(name, script);
  return { ...second, line: `${second.line} (second run; the first failed)` };
}

async function clientSuite(name, script) {
  console.log(`\n== ${name}`);
  const { command, args, options } = npm(["run", "--workspace", "client-vscode", script]);
  const { status, tail } = await runAndListen(command, args, options);
  return { name, status, line: nodeCounts(tail) };
}

// What Node's test runner printed, in pytest's words. It does not count the suites that were skipped as a whole.
function nodeCounts(tail) {
  const [passed, failed] = ["pass", "fail"].map((word) => new RegExp(`^ℹ ${word} (\\d+)`, "m").exec(tail)?.[1]);
  if (passed === undefined) return "failed";
  const skipped = [...tail.matchAll(/^ *﹣/gm)].length;
  return `${passed} passed, ${failed} failed, ${skipped} skipped`;
}

async function pytest(name, python, args) {
  console.log(`\n== ${name}`);
  const env = { ...process.env, PYTHONDONTWRITEBYTECODE: "1", PYTHONUTF8: "1" };
  const { status, tail } = await runAndListen(python, ["-m", "pytest", "-q", "--tb=short", "-n2", "--dist=worksteal", ...args], { env });
  const line = tail.trimEnd().split("\n").at(-1)?.replace(/^=+ | =+$/g, "") ?? "";
  return { name, status, line };
}

function summary(suites) {
  console.log("\n== all suites");
  for (const { name, line, status } of suites) console.log(`${status === 0 ? "ok  " : "FAIL"} ${name}: ${line}`);
  const [passed, failed, skipped, errors] = COUNTED.map((word) => total(suites, word));
  console.log(`${passed} passed, ${failed + errors} failed, ${skipped} skipped`);
  return suites.every(({ status }) => status === 0) ? 0 : 1;
}

function total(suites, word) {
  return suites.reduce((sum, { line }) => sum + Number(new RegExp(`(\\d+) ${word}`).exec(line)?.[1] ?? 0), 0);
}

function hasClient() {
  return fs.existsSync(path.join(root, "client-vscode", "package.json"));
}

function versionOf(python) {
  return output(python, ["-I", "-c", "import sys; print('%d.%d' % sys.version_info[:2])"]).trim();
}

process.exitCode = await main(process.argv.slice(2));
