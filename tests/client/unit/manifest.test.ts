import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync, statSync } from "node:fs";
import path from "node:path";
import { describe, it } from "node:test";
import { pathToFileURL } from "node:url";

const client = path.join(REPOSITORY, "client-vscode");
const lock: Lock = await import(pathToFileURL(path.join(client, "scripts", "lock.mjs")).href);
const manifest = JSON.parse(readFileSync(path.join(client, "package.json"), "utf8"));
const MOST_BYTES_OF_A_PICTURE = 250_000;

describe("the manifest", () => {
  it("and the README hold the settings as the server's settings.py says them", () => {
    const script = path.join(client, "scripts", "generate.mjs");
    const { status, stdout, stderr } = spawnSync(process.execPath, [script, "--check"], { encoding: "utf8" });
    assert.equal(status, 0, `${stdout}${stderr}`);
  });

  it("lists exactly the commands that are registered", () => {
    const source = readFileSync(path.join(client, "src", "extension.ts"), "utf8");
    const [, body = ""] = /const commands: Record<.*?> = \{\n(.*?)\n {2}\};/s.exec(source) ?? [];
    const registered = [...body.matchAll(/^ {4}(\w+):/gm)].map(([, name]) => `switchpoint.${name}`);
    const listed = manifest.contributes.commands.map(({ command }: { command: string }) => command);
    assert.deepEqual(registered.sort(), listed.sort());
  });

  it("lets an untrusted workspace decide nothing that is run", () => {
    const { supported, restrictedConfigurations } = manifest.capabilities.untrustedWorkspaces;
    assert.equal(supported, "limited");
    for (const name of ["interpreter", "path", "importStrategy", "python"]) {
      assert.ok(restrictedConfigurations.includes(`switchpoint.${name}`), name);
    }
    assert.equal(manifest.capabilities.virtualWorkspaces.supported, false);
  });

  it("names pictures that are there, and small", () => {
    const text = JSON.stringify(manifest) + readFileSync(path.join(client, "README.md"), "utf8");
    const named = new Set([...text.matchAll(/media\/[\w./-]+\.png/g)].map(([name]) => name));
    assert.ok(named.size > 5, [...named].join(" "));
    for (const name of named) {
      assert.ok(statSync(path.join(client, name)).size < MOST_BYTES_OF_A_PICTURE, name);
    }
    const there = readdirSync(path.join(client, "media"), { recursive: true, encoding: "utf8" });
    const unused = there.filter(
      (name) => name.endsWith(".png") && !named.has(`media/${name.split(path.sep).join("/")}`),
    );
    assert.deepEqual(unused, []);
  });

  it("bundles what pyproject.toml requires, in versions that it allows, and leaves out what it says", () => {
    const locked = lock.lockedVersions();
    const wanted = lock.requirements();
    assert.ok(wanted.length > 5, wanted.join(" "));
    for (const requirement of wanted) {
      const name = lock.nameOf(requirement);
      assert.equal(locked.has(name), !lock.LEFT_OUT.includes(name), name);
      const version = locked.get(name);
      assert.ok(version === undefined || allows(requirement, version), `${requirement} against ${version}`);
    }
  });
});

interface Lock {
  readonly LEFT_OUT: readonly string[];
  requirements(): string[];
  nameOf(requirement: string): string;
  lockedVersions(): Map<string, string>;
}

/** Enough of version specifiers for those in pyproject.toml: `>=` and `<`. */
function allows(requirement: string, version: string): boolean {
  const clauses = [...requirement.matchAll(/(>=|<)([\d.]+)/g)];
  assert.ok(clauses.length > 0, requirement);
  return clauses.every(([, operator, bound = ""]) => compare(version, bound) >= 0 === (operator === ">="));
}

function compare(one: string, other: string): number {
  const [left, right] = [one, other].map((text) => text.split(".").map(Number));
  const differing = [0, 1, 2].find((index) => (left?.[index] ?? 0) !== (right?.[index] ?? 0));
  return differing === undefined ? 0 : (left?.[differing] ?? 0) - (right?.[differing] ?? 0);
}
