import assert from "node:assert/strict";
import path from "node:path";
import { describe, it } from "node:test";
import type { Interpreter } from "../../../client-vscode/src/interpreter";
import { type LaunchSettings, launchOf, staleFolders } from "../../../client-vscode/src/launch";

const places = { bootstrap: "/ext/bundled/start.py", storage: "/storage", version: "1.2.3" };
const python: Interpreter = { source: "path", command: "/usr/bin/python3", args: [], version: [3, 12] };
const bundled: LaunchSettings = { path: [], importStrategy: "useBundled" };

describe("the command line", () => {
  it("isolates the bundled server and keeps what Python compiles in our own folder", () => {
    const launch = launchOf(bundled, { ...python, args: ["-3"] }, places);
    assert.equal(launch?.command, "/usr/bin/python3");
    const own = ["/ext/bundled/start.py", path.join("/storage", "compiled-1.2.3"), "serve"];
    assert.deepEqual(launch?.args, ["-3", "-I", "-S", "-B", "-X", "utf8", ...own]);
  });

  it("starts what is installed in the environment if asked to, isolated as well", () => {
    const launch = launchOf({ ...bundled, importStrategy: "fromEnvironment" }, python, places);
    assert.deepEqual(launch?.args, ["-I", "-m", "switchpoint", "serve"]);
  });

  it("starts a named command as it is, with `serve` if nothing else was said, and needs no Python for it", () => {
    assert.deepEqual(launchOf({ ...bundled, path: ["/opt/switchpoint"] }, undefined, places)?.args, ["serve"]);
    const named = launchOf({ ...bundled, path: ["/opt/run", "sp", "serve"] }, python, places);
    assert.deepEqual([named?.command, ...(named?.args ?? [])], ["/opt/run", "sp", "serve"]);
  });

  it("is none without a Python", () => {
    assert.equal(launchOf(bundled, undefined, places), undefined);
  });

  it("is never run in a folder of the workspace", () => {
    for (const settings of [bundled, { ...bundled, path: ["x"] }]) {
      assert.equal(launchOf(settings, python, places)?.cwd, "/storage");
    }
  });

  it("leaves only its own version's compiled files", () => {
    const names = ["compiled-1.2.2", "compiled-1.2.3", "other"];
    assert.deepEqual(staleFolders(names, "1.2.3"), ["compiled-1.2.2"]);
  });
});
