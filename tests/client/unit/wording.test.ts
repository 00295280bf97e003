import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { logged, NO_INTERPRETER, neighbour, noInterpreter, statusLine } from "../../../client-vscode/src/wording";

describe("the status line", () => {
  it("counts the verdicts of the file in view", () => {
    const line = statusLine({ kind: "running" }, { inline: 12, maySwitch: 7, busy: false });
    assert.equal(line.text, "12 inline, 7 may switch");
    assert.equal(line.severity, "information");
  });

  it("says so when a file has no switch points, and when nothing is known yet", () => {
    assert.equal(statusLine({ kind: "running" }, { inline: 0, maySwitch: 0, busy: false }).text, "no switch points");
    assert.equal(statusLine({ kind: "running" }, { inline: 0, maySwitch: 0, busy: true }).text, "analysing");
    assert.equal(statusLine({ kind: "running" }, undefined).text, "switchpoint: ready");
  });

  it("is busy while the server starts or computes", () => {
    assert.ok(statusLine({ kind: "starting" }, undefined).busy);
    assert.ok(statusLine({ kind: "running" }, { inline: 1, maySwitch: 0, busy: true }).busy);
  });

  it("shows an error with its reason", () => {
    const line = statusLine({ kind: "failed", why: NO_INTERPRETER }, { inline: 1, maySwitch: 1, busy: true });
    assert.deepEqual([line.severity, line.busy, line.detail], ["error", false, NO_INTERPRETER]);
  });

  it("has room for less than the message, which says what was tried", () => {
    const why = noInterpreter([{ file: "/usr/bin/python3", why: "it is Python 3.9" }]);
    assert.match(why, /needs a Python 3.10 or newer.*Tried \/usr\/bin\/python3: it is Python 3.9/);
  });
});

describe("jumping", () => {
  const places = [place(2, 4), place(5, 0), place(5, 9)];

  it("goes to the next and to the previous, within a line too", () => {
    assert.equal(neighbour(places, place(2, 4), 1), places[1]);
    assert.equal(neighbour(places, place(5, 3), 1), places[2]);
    assert.equal(neighbour(places, place(5, 9), -1), places[1]);
  });

  it("goes round at both ends", () => {
    assert.equal(neighbour(places, place(9, 0), 1), places[0]);
    assert.equal(neighbour(places, place(0, 0), -1), places[2]);
  });

  it("goes nowhere where there is nothing", () => {
    assert.equal(neighbour([], place(1, 1), 1), undefined);
  });
});

function place(line: number, character: number) {
  return { line, character };
}

describe("a line of the server's log", () => {
  it("is as grave as it says, and what follows without a level belongs to it", () => {
    assert.deepEqual(logged("INFO all is well", "error"), { level: "info", text: "all is well" });
    assert.deepEqual(logged("WARNING not quite", "error"), { level: "warn", text: "not quite" });
    assert.deepEqual(logged("  File x.py, line 1", "warn"), { level: "warn", text: "  File x.py, line 1" });
    assert.deepEqual(logged("Traceback (most recent call last):", "info").level, "error");
  });
});
