import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, before, describe, it as test } from "node:test";
import type { Page } from "playwright-core";
import { installedPythons } from "./pythons";
import {
  eventually,
  hoverOn,
  keepPicture,
  languageStatusSays,
  lineWith,
  openFile,
  pictured,
  runCommand,
} from "./seeing";
import { SMALL } from "./texts";
import { type Instance, prepared, startInstance } from "./window";

const editor = prepared();
const skip = typeof editor === "string" ? editor : false;

/** Stands for the Python extension: as much of its public interface as is used, and a command in place of its picker. */
const MANIFEST = {
  name: "python",
  publisher: "ms-python",
  version: "0.0.1",
  engines: { vscode: "^1.91.0" },
  main: "./main.js",
  activationEvents: ["onLanguage:python"],
  contributes: { commands: [{ command: "standIn.choose", title: "Choose", category: "Stand-in" }] },
};
const MAIN = `
const vscode = require("vscode");
const fs = require("fs");
const path = require("path");
const changed = new vscode.EventEmitter();
let chosen = "python";
exports.activate = () => {
  vscode.commands.registerCommand("standIn.choose", () => {
    chosen = fs.readFileSync(path.join(vscode.workspace.workspaceFolders[0].uri.fsPath, "chosen"), "utf8");
    changed.fire();
  });
  const environments = {
    getActiveEnvironmentPath: () => ({ path: chosen }),
    resolveEnvironment: async () => undefined,
    onDidChangeActiveEnvironmentPath: changed.event,
  };
  return { environments };
};
`;

describe("where the search path holds no Python", { skip, timeout: 600_000 }, () => {
  let home: string;
  let instance: Instance;
  let page: Page;

  before(async () => {
    assert.ok(typeof editor === "object");
    home = mkdtempSync(path.join(tmpdir(), "switchpoint-python-"));
    const searchPath = path.join(home, "empty");
    mkdirSync(searchPath);
    instance = await startInstance(editor, { trust: false, searchPath, extensions: [standIn(home)] });
    const file = instance.write("children.py", SMALL);
    page = await instance.open();
    await openFile(page, file);
  });

  after(async () => {
    await instance?.end();
    rmSync(home, { recursive: true, force: true });
  });

  const it = (what: string, look: () => Promise<void>) => test(what, () => pictured(page, what, look));

  it("a person is told what is missing, at once and in the status", async () => {
    await page.locator(".notification-toast", { hasText: "needs a Python 3.10 or newer to run" }).waitFor();
    await languageStatusSays(page, /not running\s+no Python 3.10 or newer was found/);
    await keepPicture(page, "no-python");
  });

  for (const { executable, version } of [installedPythons()[0], installedPythons().at(-1)].filter((one) => !!one)) {
    it(`Python ${version}, chosen in the Python extension, runs the server and is what code is analysed for`, async () => {
      instance.write("chosen", executable);
      await runCommand(page, "Stand-in: Choose");
      await lineWith(page, "await child()", /may switch$/);
      await eventually(async () => {
        await page.mouse.move(5, 5);
        assert.match(await hoverOn(page, "await child()", "await"), new RegExp(`Assumed: Python ${version}\\b`));
      });
    });
  }
});

function standIn(home: string): string {
  const extension = path.join(home, "extension");
  mkdirSync(extension);
  writeFileSync(path.join(extension, "package.json"), JSON.stringify(MANIFEST));
  writeFileSync(path.join(extension, "main.js"), MAIN);
  const vsix = path.join(home, "stand-in.vsix");
  execFileSync("python3", ["-m", "zipfile", "-c", vsix, extension]);
  return vsix;
}
