import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type Steps, Supervisor } from "../../../client-vscode/src/supervisor";

interface Resolved {
  readonly command: string;
  readonly args: readonly string[];
}

/** Writes down every transition, and lets the event loop run within each so that overlaps would show. */
class World implements Steps<Resolved> {
  readonly log: string[] = [];
  resolution: Resolved | undefined = { command: "a", args: ["serve"] };
  startFails = false;
  running = 0;

  async resolve() {
    await turns(2);
    return this.resolution && { ...this.resolution, args: [...this.resolution.args] };
  }

  async start({ command }: Resolved) {
    this.log.push(`start ${command}`);
    await turns(3);
    if (this.startFails) {
      throw new Error("no");
    }
    this.running += 1;
    assert.equal(this.running, 1, "two servers at once");
    return {
      stop: async () => {
        await turns(3);
        this.running -= 1;
        this.log.push(`stop ${command}`);
      },
    };
  }

  stopped() {
    this.log.push("gone");
  }

  failed(error: unknown) {
    this.log.push(String(error));
  }
}

async function turns(count: number): Promise<void> {
  for (let turn = 0; turn < count; turn++) {
    await new Promise((resolve) => setImmediate(resolve));
  }
}

describe("the supervisor", () => {
  it("restarts only when another server is resolved", async () => {
    const world = new World();
    const servers = new Supervisor(world);
    await servers.reconcile();
    await servers.reconcile();
    assert.deepEqual(world.log, ["start a"]);
    world.resolution = { command: "b", args: [] };
    await servers.reconcile();
    assert.deepEqual(world.log, ["start a", "gone", "stop a", "start b"]);
    assert.equal(servers.resolution?.command, "b");
  });

  it("restarts when told to, even if nothing changed", async () => {
    const world = new World();
    const servers = new Supervisor(world);
    await servers.reconcile();
    await servers.restart();
    assert.deepEqual(world.log, ["start a", "gone", "stop a", "start a"]);
  });

  it("folds requests made during a transition into one more", async () => {
    const world = new World();
    const servers = new Supervisor(world);
    const first = servers.reconcile();
    await turns(3);
    await Promise.all([first, servers.restart(), servers.reconcile(), servers.restart(), servers.restart()]);
    assert.deepEqual(world.log, ["start a", "gone", "stop a", "start a"]);
  });

  it("resolves a request only after a server that was resolved later than it", async () => {
    const world = new World();
    const servers = new Supervisor(world);
    void servers.reconcile();
    await turns(3);
    world.resolution = { command: "b", args: [] };
    await servers.reconcile();
    assert.equal(servers.resolution?.command, "b");
  });

  it("stops the old server when nothing can be resolved any more", async () => {
    const world = new World();
    const servers = new Supervisor(world);
    await servers.reconcile();
    world.resolution = undefined;
    await servers.reconcile();
    assert.equal(world.running, 0);
    assert.equal(servers.resolution, undefined);
  });

  it("survives a failing start, and tries again", async () => {
    const world = new World();
    const servers = new Supervisor(world);
    world.startFails = true;
    await servers.reconcile();
    world.startFails = false;
    await servers.reconcile();
    assert.deepEqual(world.log, ["start a", "Error: no", "start a"]);
  });

  it("leaves no server behind when it ends during a start, whenever that is", async () => {
    for (let wait = 0; wait < 10; wait++) {
      const world = new World();
      const servers = new Supervisor(world);
      void servers.restart();
      await turns(wait);
      await servers.end();
      await servers.restart();
      await turns(10);
      assert.equal(world.running, 0, `ended after ${wait} turns`);
    }
  });
});
