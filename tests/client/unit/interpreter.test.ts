import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  type Choice,
  chooseInterpreter,
  located,
  type Machine,
  refused,
  type Surroundings,
} from "../../../client-vscode/src/interpreter";
import { parseProbe } from "../../../client-vscode/src/machine";

/** A machine described by what its files answer when they are run; `links` are symbolic links. */
class Described implements Machine {
  readonly probed: string[] = [];

  constructor(
    readonly pythons: Record<string, [number, number] | "broken">,
    readonly links: Record<string, string> = {},
  ) {}

  exists(file: string): boolean {
    return file in this.pythons;
  }

  realpath(file: string): string {
    return this.links[file] ?? file;
  }

  async probe(file: string, args: readonly string[]) {
    this.probed.push([file, ...args].join(" "));
    const version = this.pythons[file];
    return version === undefined || version === "broken" ? undefined : { executable: this.realpath(file), version };
  }
}

const linux: Surroundings = {
  setting: [],
  environment: undefined,
  trusted: true,
  folders: ["/home/ann/shop"],
  searchPath: "/home/ann/bin:/usr/bin",
  platform: "linux",
};

function chosen({ interpreter }: Choice): string | undefined {
  return interpreter && [interpreter.source, interpreter.command, ...interpreter.args].join(" ");
}

describe("the interpreter", () => {
  it("is the setting's before the Python extension's, and that before the search path's", async () => {
    const machine = new Described({ "/opt/py": [3, 13], "/env/bin/python": [3, 12], "/usr/bin/python3": [3, 11] });
    const all = { ...linux, setting: ["/opt/py"], environment: "/env" };
    assert.equal(chosen(await chooseInterpreter(all, machine)), "setting /opt/py");
    assert.equal(chosen(await chooseInterpreter({ ...all, setting: [] }, machine)), "environment /env/bin/python");
    assert.equal(chosen(await chooseInterpreter(linux, machine)), "path /usr/bin/python3");
  });

  it("keeps the arguments that a person gave", async () => {
    const machine = new Described({ "/usr/bin/env": [3, 12] });
    const choice = await chooseInterpreter({ ...linux, setting: ["/usr/bin/env", "python3"] }, machine);
    assert.equal(chosen(choice), "setting /usr/bin/env python3");
    assert.deepEqual(machine.probed, ["/usr/bin/env python3"]);
  });

  it("goes on, and says why, when one is too old or does not answer", async () => {
    const machine = new Described({ "/opt/py": "broken", "/usr/bin/python3": [3, 9], "/usr/bin/python3.12": [3, 12] });
    const choice = await chooseInterpreter({ ...linux, setting: ["/opt/py"] }, machine);
    assert.equal(chosen(choice), "path /usr/bin/python3.12");
    assert.deepEqual(choice.rejected, [
      { source: "setting", file: "/opt/py", why: "it did not answer as a Python does" },
      { source: "path", file: "/usr/bin/python3", why: "it is Python 3.9, and 3.10 or newer is needed" },
    ]);
  });

  it("is none when there is none", async () => {
    assert.deepEqual(await chooseInterpreter(linux, new Described({})), { interpreter: undefined, rejected: [] });
  });

  it("never lies in an untrusted workspace, and nothing there is even probed", async () => {
    const inside = "/home/ann/shop/.venv/bin/python";
    const machine = new Described({ [inside]: [3, 13], "/usr/bin/python3": [3, 11] });
    const surroundings = { ...linux, environment: "/home/ann/shop/.venv" };
    assert.equal(chosen(await chooseInterpreter(surroundings, machine)), `environment ${inside}`);
    machine.probed.length = 0;
    const choice = await chooseInterpreter({ ...surroundings, trusted: false }, machine);
    assert.equal(chosen(choice), "path /usr/bin/python3");
    assert.deepEqual(machine.probed, ["/usr/bin/python3"]);
  });

  it("is not smuggled into an untrusted workspace by a link, from either side", async () => {
    const links = { "/home/ann/bin/python3": "/data/shop/python3", "/home/ann/shop": "/data/shop" };
    const machine = new Described({ "/home/ann/bin/python3": [3, 13], "/usr/bin/python3": [3, 11] }, links);
    const choice = await chooseInterpreter({ ...linux, trusted: false }, machine);
    assert.equal(chosen(choice), "path /usr/bin/python3");
  });

  it("may lie beside an untrusted workspace whose name it begins with", async () => {
    const machine = new Described({ "/home/ann/shop-env/bin/python": [3, 13] });
    const surroundings = { ...linux, trusted: false, environment: "/home/ann/shop-env" };
    assert.equal(chosen(await chooseInterpreter(surroundings, machine)), "environment /home/ann/shop-env/bin/python");
  });

  it("is not looked for in relative entries of the search path", async () => {
    const machine = new Described({ "bin/python3": [3, 13], "./python3": [3, 13], python3: [3, 13] });
    assert.equal(chosen(await chooseInterpreter({ ...linux, searchPath: "bin:.:" }, machine)), undefined);
  });

  it("may be a bare name in the setting: it is looked for, and judged by the place where it was found", async () => {
    const pythons: Record<string, [number, number]> = { "/home/ann/shop/bin/py": [3, 13], "/usr/bin/python3": [3, 11] };
    const surroundings = { ...linux, setting: ["py"], searchPath: "/home/ann/shop/bin:/usr/bin" };
    const found = await chooseInterpreter(surroundings, new Described(pythons));
    assert.equal(chosen(found), "setting /home/ann/shop/bin/py");
    const machine = new Described(pythons);
    const untrusted = await chooseInterpreter({ ...surroundings, trusted: false }, machine);
    assert.equal(chosen(untrusted), "path /usr/bin/python3");
    assert.deepEqual(machine.probed, ["/usr/bin/python3"]);
  });

  it("may be relative in the setting: to the workspace", async () => {
    const machine = new Described({ "/home/ann/shop/.venv/bin/python": [3, 13] });
    const choice = await chooseInterpreter({ ...linux, setting: [".venv/bin/python"] }, machine);
    assert.equal(chosen(choice), "setting /home/ann/shop/.venv/bin/python");
  });

  it("is not told to run something of an untrusted workspace either", async () => {
    const machine = new Described({ "/usr/bin/env": [3, 13] });
    const setting = ["/usr/bin/env", "/home/ann/shop/python"];
    await chooseInterpreter({ ...linux, setting, trusted: false }, machine);
    assert.deepEqual(machine.probed, []);
  });

  it("is what a shim on the search path starts, not the shim", async () => {
    const machine = new Described(
      { "/home/ann/bin/python3": [3, 12] },
      { "/home/ann/bin/python3": "/opt/3.12/python" },
    );
    assert.equal(chosen(await chooseInterpreter(linux, machine)), "path /opt/3.12/python");
  });

  it("is found on Windows too: environment folders, the launcher, names without a program behind them", async () => {
    const windows: Surroundings = {
      ...linux,
      platform: "win32",
      folders: ["C:\\shop"],
      searchPath: "C:\\Windows;C:\\Store",
    };
    const machine = new Described({
      "C:\\shop\\.venv\\Scripts\\python.exe": [3, 12],
      "C:\\Store\\python.exe": "broken",
      "C:\\Windows\\py.exe": [3, 13],
    });
    const inside = { ...windows, environment: "C:\\shop\\.venv" };
    assert.equal(chosen(await chooseInterpreter(inside, machine)), "environment C:\\shop\\.venv\\Scripts\\python.exe");
    machine.probed.length = 0;
    const choice = await chooseInterpreter({ ...inside, folders: ["c:\\SHOP"], trusted: false }, machine);
    assert.equal(chosen(choice), "path C:\\Windows\\py.exe");
    assert.deepEqual(machine.probed, ["C:\\Store\\python.exe", "C:\\Windows\\py.exe -3"]);
  });
});

describe("on Windows, the interpreter", () => {
  const windows: Surroundings = {
    ...linux,
    platform: "win32",
    folders: ["C:\\shop"],
    searchPath: '"C:\\Program Files\\Python 3.12";C:\\Windows',
  };

  it("is found in a quoted folder with a blank in its name", async () => {
    const machine = new Described({ "C:\\Program Files\\Python 3.12\\python.exe": [3, 12] });
    const choice = await chooseInterpreter(windows, machine);
    assert.equal(chosen(choice), "path C:\\Program Files\\Python 3.12\\python.exe");
  });

  it("is the launcher with the version that a person asks for", async () => {
    const machine = new Described({ "C:\\Windows\\py.exe": [3, 13] });
    const choice = await chooseInterpreter({ ...windows, setting: ["py", "-3.13"] }, machine);
    assert.equal(chosen(choice), "setting C:\\Windows\\py.exe -3.13");
    assert.deepEqual(machine.probed, ["C:\\Windows\\py.exe -3.13"]);
  });

  it("is that of a conda environment's folder", async () => {
    const machine = new Described({ "D:\\conda\\envs\\web\\python.exe": [3, 11] });
    const choice = await chooseInterpreter({ ...windows, environment: "D:\\conda\\envs\\web" }, machine);
    assert.equal(chosen(choice), "environment D:\\conda\\envs\\web\\python.exe");
  });
});

describe("a command", () => {
  const machine = new Described({ "/usr/bin/switchpoint": [3, 12], "/home/ann/shop/bin/switchpoint": [3, 12] });

  it("is located as it will be run", () => {
    assert.deepEqual(located(["switchpoint", "serve"], linux, machine), ["/usr/bin/switchpoint", "serve"]);
    assert.deepEqual(located(["bin/switchpoint"], linux, machine), ["/home/ann/shop/bin/switchpoint"]);
    assert.deepEqual(located(["missing"], linux, machine), ["missing"]);
    assert.deepEqual(located([], linux, machine), []);
  });

  it("is refused only where it lies in a workspace that is not trusted", () => {
    const inside = ["/home/ann/shop/bin/switchpoint"];
    assert.equal(refused(inside, linux, machine), undefined);
    assert.match(refused(inside, { ...linux, trusted: false }, machine) ?? "", /not trusted/);
    assert.equal(refused(["/usr/bin/switchpoint", "serve"], { ...linux, trusted: false }, machine), undefined);
  });
});

describe("a probe's answer", () => {
  it("is a Python's or nothing", () => {
    assert.deepEqual(parseProbe('["/usr/bin/python3", 3, 12]\n'), { executable: "/usr/bin/python3", version: [3, 12] });
    for (const other of ["", "3.12", "null", "{}", '["/usr/bin/python3", "3", 12]', "Python was not found; run"]) {
      assert.equal(parseProbe(other), undefined, other);
    }
  });
});
