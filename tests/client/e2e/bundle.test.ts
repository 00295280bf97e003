import assert from "node:assert/strict";
import { type ChildProcessWithoutNullStreams, execFileSync, spawn, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, before, describe, it } from "node:test";
import { pathToFileURL } from "node:url";
import {
  createProtocolConnection,
  InitializeRequest,
  InlayHintRequest,
  type ProtocolConnection,
  StreamMessageReader,
  StreamMessageWriter,
} from "vscode-languageserver-protocol/node";
import { type ImportStrategy, launchOf } from "../../../client-vscode/src/launch";
import { thisMachine } from "../../../client-vscode/src/machine";
import { installedPythons } from "./pythons";
import { PATIENCE_MS } from "./seeing";
import { partOfSample, SMALL } from "./texts";

const pythons = installedPythons();
const bin = process.platform === "win32" ? ["Scripts", "python.exe"] : ["bin", "python"];
const developers = path.join(REPOSITORY, ".venv", ...bin);

/** What is in the .vsix, started as the extension starts it, by every Python on this machine. */
describe("the bundled server", { timeout: 900_000 }, () => {
  let home: string;
  let extension: string;

  before(() => {
    home = mkdtempSync(path.join(tmpdir(), "switchpoint-bundle-"));
    const vsix = process.env.SWITCHPOINT_VSIX ?? "";
    execFileSync("python3", ["-m", "zipfile", "-e", vsix, home]);
    extension = path.join(home, "extension");
  });

  after(() => rmSync(home, { recursive: true, force: true }));

  it("is tried with at least one Python", () => {
    assert.ok(pythons.length > 0);
  });

  for (const { executable, version } of pythons) {
    it(`answers with hints, run by Python ${version}, offline`, async () => {
      const storage = mkdtempSync(path.join(home, "storage-"));
      assert.deepEqual(await hintsFrom(await commandLine(executable, extension, storage), storage, SMALL), [
        "may switch",
        "inline",
        "may switch",
      ]);
      assert.deepEqual(
        readdirSync(storage).filter((name) => !name.startsWith("compiled-")),
        [],
      );
    });
  }

  it("never meets the libraries, the start-up lines and the variables of the environment that runs it", async () => {
    const python = poisonedEnvironment(pythons.at(-1)?.executable ?? "", path.join(home, "env"));
    const storage = mkdtempSync(path.join(home, "storage-"));
    const poisoned = spawnSync(python, ["-c", "import attrs"], { encoding: "utf8" });
    assert.match(poisoned.stderr, /poison/, "the environment is not poisoned, so this test could not fail");
    const marker = path.join(home, "env", "ran");
    assert.ok(existsSync(marker));
    rmSync(marker);
    const env = { ...process.env, PYTHONPATH: path.join(home, "env", "poison"), PYTHONSTARTUP: marker };
    const text = partOfSample("greet", "child", "parent");
    const found = await hintsFrom(await commandLine(python, extension, storage), storage, text, env);
    assert.deepEqual(found, ["may switch", "inline", "may switch"]);
    assert.equal(existsSync(marker), false, "a .pth line of the user's environment was run");
  });

  it("is packed into the same bytes whoever packs it", { skip: process.platform === "win32" && "no umask" }, () => {
    const again = path.join(home, "again.vsix");
    const script = path.join(REPOSITORY, "client-vscode", "scripts", "package.mjs");
    const env = { ...process.env, TZ: "Asia/Tokyo" };
    execFileSync("sh", ["-c", 'umask 077; exec "$0" "$@"', process.execPath, script, again], { env });
    assert.ok(readFileSync(again).equals(readFileSync(process.env.SWITCHPOINT_VSIX ?? "")));
  });

  it("is listed with its licences", () => {
    const licences = readFileSync(path.join(extension, "LICENSES.md"), "utf8");
    const folders = readdirSync(path.join(extension, "bundled", "libs")).filter((name) => name.endsWith(".dist-info"));
    assert.ok(folders.length > 5);
    assert.match(licences, /typeshed/);
    for (const folder of folders) {
      const [name = "", version = ""] = folder.replace(".dist-info", "").split("-");
      assert.ok(licences.includes(`## ${name} ${version}`), folder);
    }
  });
});

/** With `fromEnvironment`, whoever installed switchpoint for that Python has it started, and nothing of the bundle. */
describe("the switchpoint that a Python has installed", { timeout: 300_000 }, () => {
  const skip = existsSync(developers) ? false : "there is no .venv with switchpoint in it: npm test makes one";

  it("answers with hints", { skip }, async () => {
    const storage = mkdtempSync(path.join(tmpdir(), "switchpoint-storage-"));
    const launch = await commandLine(developers, "no extension", storage, "fromEnvironment");
    assert.deepEqual(await hintsFrom(launch, storage, SMALL), ["may switch", "inline", "may switch"]);
    rmSync(storage, { recursive: true, force: true });
  });
});

async function commandLine(
  python: string,
  extension: string,
  storage: string,
  importStrategy: ImportStrategy = "useBundled",
) {
  const probed = await thisMachine(storage).probe(python, []);
  assert.ok(probed, `${python} is no Python`);
  const interpreter = { source: "path", command: probed.executable, args: [], version: probed.version } as const;
  const places = { bootstrap: path.join(extension, "bundled", "start.py"), storage, version: "test" };
  const launch = launchOf({ path: [], importStrategy }, interpreter, places);
  assert.ok(launch);
  return launch;
}

/** Opens one file and asks until its hints are there: a first answer, which takes all for may switch, is not enough. */
async function hintsFrom(
  launch: { readonly command: string; readonly args: readonly string[] },
  cwd: string,
  text: string,
  env: NodeJS.ProcessEnv = process.env,
): Promise<string[]> {
  const server = spawn(launch.command, [...launch.args], { cwd, env });
  let errors = "";
  server.stderr.on("data", (chunk: Buffer) => {
    errors += chunk.toString();
  });
  try {
    return await talk(server, mkdtempSync(path.join(tmpdir(), "switchpoint-bundle-work-")), text);
  } catch (error) {
    throw new Error(`${String(error)}\n${errors.slice(-3000)}`);
  } finally {
    server.kill();
  }
}

async function talk(server: ChildProcessWithoutNullStreams, folder: string, text: string): Promise<string[]> {
  const connection = createProtocolConnection(
    new StreamMessageReader(server.stdout),
    new StreamMessageWriter(server.stdin),
  );
  const gone = new Promise<never>((_, reject) => server.once("exit", (code) => reject(new Error(`exit ${code}`))));
  connection.listen();
  try {
    return await Promise.race([ask(connection, folder, text), gone, late()]);
  } finally {
    connection.dispose();
    rmSync(folder, { recursive: true, force: true });
  }
}

function late(): Promise<never> {
  return new Promise((_, reject) => setTimeout(() => reject(new Error("no answer")), PATIENCE_MS).unref());
}

async function ask(connection: ProtocolConnection, folder: string, text: string): Promise<string[]> {
  writeFileSync(path.join(folder, "children.py"), text);
  const uri = pathToFileURL(path.join(folder, "children.py")).href;
  const workspaceFolders = [{ uri: pathToFileURL(folder).href, name: "work" }];
  await connection.sendRequest(InitializeRequest.type, {
    processId: process.pid,
    rootUri: null,
    capabilities: { textDocument: { inlayHint: {} } },
    workspaceFolders,
  });
  await connection.sendNotification("initialized", {});
  const textDocument = { uri, languageId: "python", version: 1, text };
  await connection.sendNotification("textDocument/didOpen", { textDocument });
  const range = { start: { line: 0, character: 0 }, end: { line: 100, character: 0 } };
  const until = Date.now() + PATIENCE_MS;
  while (Date.now() < until) {
    const hints = (await connection.sendRequest(InlayHintRequest.type, { textDocument: { uri }, range })) ?? [];
    const labels = hints.map(({ label }) =>
      typeof label === "string" ? label : label.map(({ value }) => value).join(""),
    );
    if (labels.includes("inline")) {
      return labels;
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error("no hint says inline");
}

/** An environment whose libraries of the same names are old and broken, and whose start-up lines leave a mark. */
function poisonedEnvironment(python: string, folder: string): string {
  execFileSync(python, ["-I", "-m", "venv", "--without-pip", folder]);
  const poison = path.join(folder, "poison");
  const bin = path.join(folder, "bin", "python");
  const site = execFileSync(bin, ["-I", "-c", "import site; print(site.getsitepackages()[0])"], {
    encoding: "utf8",
  }).trim();
  for (const base of [poison, site]) {
    mkdirSync(base, { recursive: true });
    for (const name of ["attr", "attrs", "cattrs", "pygls", "lsprotocol", "click", "jedi", "switchpoint"]) {
      writeFileSync(path.join(base, `${name}.py`), "raise ImportError('poison: this is the user\\'s own library')\n");
    }
  }
  writeFileSync(
    path.join(site, "mark.pth"),
    `import pathlib; pathlib.Path(${JSON.stringify(path.join(folder, "ran"))}).touch()\n`,
  );
  return bin;
}
