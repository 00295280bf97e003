// Renews bundled/requirements.txt: which version of which library is bundled. Needs `uv` on the search path.
//
// Left out, with what depends only on them:
// - libcst: compiled, so one .vsix for every platform and every CPython could not carry it (thirty-odd wheels, 60 MB).
//   Without it the server works and offers no code actions that edit source, and says so in its log. Who wants them
//   installs switchpoint beside the code and sets `switchpoint.importStrategy` to `fromEnvironment`.
// - rich: tables and colours of the terminal, which a server does not have.
import { spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

export const LEFT_OUT = ["libcst", "rich"];

const OLDEST = "3.10";
const pyproject = new URL("../../pyproject.toml", import.meta.url);
const locked = new URL("../bundled/requirements.txt", import.meta.url);

/** The requirements in pyproject.toml, without markers: what only one version needs does no harm to another. */
export function requirements() {
  const [, list] = /^dependencies = \[\n(.*?)^\]/ms.exec(readFileSync(pyproject, "utf8")) ?? [];
  const quoted = [...(list ?? "").matchAll(/^\s*"([^";]+)/gm)];
  return quoted.map(([, requirement = ""]) => requirement.trim());
}

/** A requirement's bare name. */
export function nameOf(requirement) {
  return (/^[\w.-]+/.exec(requirement)?.[0] ?? "").toLowerCase();
}

/** What is locked: name and version. */
export function lockedVersions() {
  const lines = readFileSync(locked, "utf8").matchAll(/^([\w.-]+)==(\S+)/gm);
  return new Map([...lines].map(([, name, version]) => [name, version]));
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const wanted = requirements().filter((requirement) => !LEFT_OUT.includes(nameOf(requirement)));
  const args = [
    "pip",
    "compile",
    "--python-version",
    OLDEST,
    "--generate-hashes",
    "--no-header",
    "--no-annotate",
    "-q",
    "-",
  ];
  const done = spawnSync("uv", args, { input: wanted.join("\n"), encoding: "utf8" });
  if (done.status !== 0) {
    throw new Error(done.stderr ?? String(done.error));
  }
  writeFileSync(locked, done.stdout);
}
