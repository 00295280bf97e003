// Writes what the server's settings.py says into package.json and README.md. `--check` only compares, and fails if stale.
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { python } from "./python.mjs";

const root = new URL("..", import.meta.url);
const server = fileURLToPath(new URL("../server", root));

const ASK = `
import json, sys
sys.path.insert(0, sys.argv[1])
from switchpoint import settings
print(json.dumps([settings.vscode_configuration(), settings.restricted_configurations(), settings.markdown_table()]))
`;

const [configuration, restricted, table] = JSON.parse(python(["-I", "-B", "-c", ASK, server]));

/** @type {[string, (text: string) => string][]} */
const generated = [
  ["package.json", withSettings],
  ["README.md", withTable],
];

const stale = generated.filter(([name, renew]) => {
  const file = new URL(name, root);
  const text = readFileSync(file, "utf8");
  const wanted = renew(text);
  if (wanted !== text && !process.argv.includes("--check")) {
    writeFileSync(file, wanted);
  }
  return wanted !== text;
});

for (const [name] of stale) {
  console.log(
    `client-vscode/${name} ${process.argv.includes("--check") ? "is stale: run `npm run generate`" : "written"}`,
  );
}
process.exitCode = process.argv.includes("--check") && stale.length > 0 ? 1 : 0;

function withSettings(text) {
  const manifest = JSON.parse(text);
  manifest.capabilities.untrustedWorkspaces.restrictedConfigurations = restricted;
  manifest.contributes.configuration = configuration;
  return `${JSON.stringify(manifest, undefined, 2)}\n`;
}

function withTable(text) {
  const [start, end] = ["<!-- settings: generated -->\n", "<!-- end of settings -->"];
  const from = text.indexOf(start);
  const to = text.indexOf(end);
  if (from < 0 || to < from) {
    throw new Error("README.md has lost the marks between which the settings stand.");
  }
  return `${text.slice(0, from + start.length)}${table}${text.slice(to)}`;
}
