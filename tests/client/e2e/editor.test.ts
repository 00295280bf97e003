import assert from "node:assert/strict";
import path from "node:path";
import { after, before, describe, it as test } from "node:test";
import type { Page } from "playwright-core";
import {
  cursor,
  eventually,
  hoverOn,
  keepPicture,
  languageStatusSays,
  linesAtRest,
  linesOf,
  lineWith,
  openFile,
  openNotebook,
  openTimed,
  pictured,
  placeOf,
  runCommand,
  typeSlowlyAndWatch,
  withGrowingPatience,
} from "./seeing";
import { notebook, partOfSample, SAMPLE } from "./texts";
import { type Instance, prepared, startInstance } from "./window";

const editor = prepared();
const skip = typeof editor === "string" ? editor : false;

describe("in a trusted folder, a person sees", { skip, timeout: 900_000 }, () => {
  let instance: Instance;
  let page: Page;
  let sample: string;

  before(async () => {
    assert.ok(typeof editor === "object");
    instance = await startInstance(editor, { trust: false });
    sample = instance.write("orders.py", SAMPLE);
    page = await openTimed(instance, sample, "await asyncio.sleep(0)");
  });

  after(() => instance?.end());

  const it = (what: string, look: () => Promise<void>) => test(what, () => pictured(page, what, look));

  it("hints right behind what is awaited", async () => {
    assert.equal(await lineWith(page, "await asyncio.sleep(0)", /may/), "    await asyncio.sleep(0)may switch");
    assert.equal(await lineWith(page, "await child()", /may/), "    await child()may switch");
    const unhinted = (await linesOf(page)).filter((line) => line.includes("print("));
    assert.ok(unhinted.length > 3 && unhinted.every((line) => line.endsWith(")")), unhinted.join("\n"));
  });

  it("that an await inside the useless lock is inline, and what entering the lock is", async () => {
    await openFile(page, instance.write("cache.py", partOfSample("Cache")));
    assert.equal(await lineWith(page, "await self.forget", /inline/), "            await self.forget(key)inline");
    assert.equal(await lineWith(page, "await self.count", /inline/), "            await self.count()inline");
    assert.equal(await lineWith(page, "async with", /may/), "        async with self.lockmay switch:");
  });

  it("the exit of a task group at the end of its block", async () => {
    await openFile(page, instance.write("group.py", partOfSample("child", "all_at_once")));
    assert.equal(await lineWith(page, "async with", /inline/), "    async with asyncio.TaskGroup()inline as group:");
    await lineWith(page, "group.create_task", /\)exit may switch$/);
  });

  it("why, when pointing at an await", async () => {
    await openFile(page, sample);
    const said = await hoverOn(page, "await child()", "await");
    assert.match(said, /^.*switchpoint.*may switch/);
    assert.match(said, /sleep/);
    assert.match(said, /tasks\.py:\d+/);
    await keepPicture(page, "hover-dark");
  });

  it("the verdicts of the file in the status bar", async () => {
    await languageStatusSays(page, /[1-9]\d* inline, [1-9]\d* may switch/);
    await keepPicture(page, "status-dark");
  });

  it("a changed setting at once", async () => {
    instance.write(".vscode/settings.json", '{"switchpoint.show": "inline"}');
    await lineWith(page, "await asyncio.sleep(0)", /sleep\(0\)$/);
    instance.write(".vscode/settings.json", "{}");
    await lineWith(page, "await asyncio.sleep(0)", /may switch$/);
  });

  it("hints vanish and come back with the command for it", async () => {
    await runCommand(page, "switchpoint: Toggle Hints");
    await lineWith(page, "await asyncio.sleep(0)", /sleep\(0\)$/);
    await runCommand(page, "switchpoint: Toggle Hints");
    await lineWith(page, "await asyncio.sleep(0)", /may switch$/);
  });

  it("the cursor go from switch point to switch point", async () => {
    await openFile(page, sample);
    await page.keyboard.press("Control+Home");
    const lines = SAMPLE.split("\n");
    const on = async (code: string) => {
      const wanted = lines.findIndex((line) => line.includes(code)) + 1;
      await eventually(async () => assert.equal((await cursor(page)).line, wanted));
    };
    for (const code of ["await task", "await asyncio.sleep(0)", "await child()"]) {
      await runCommand(page, "switchpoint: Go to Next Switch Point");
      await on(code);
    }
    await runCommand(page, "switchpoint: Go to Previous Switch Point");
    await on("await asyncio.sleep(0)");
  });

  it("the chain beside the code, down to asyncio's own file", async () => {
    await runCommand(page, "switchpoint: Show Why");
    const peek = page.locator(".peekview-widget");
    await peek.waitFor();
    assert.match(await peek.innerText(), /tasks\.py/);
    await page.keyboard.press("Escape");
    await peek.waitFor({ state: "detached" });
  });

  it("the yield, one click from the hint", async () => {
    // As a hand does it: rest on the hint, read what a click would do, hold the key, click; and once more if it was too quick.
    await withGrowingPatience(5_000, async (timeout) => {
      const hint = await placeOf(page, "await asyncio.sleep(0)", "may switch");
      await page.mouse.move(hint.x - 60, hint.y - 60);
      await page.mouse.move(hint.x, hint.y, { steps: 4 });
      await page.locator(".monaco-hover:visible", { hasText: "ctrl + click" }).first().waitFor({ timeout });
      await page.keyboard.down("Control");
      await page.mouse.move(hint.x + 2, hint.y);
      await page.waitForTimeout(500);
      await page.mouse.click(hint.x, hint.y);
      await page.keyboard.up("Control");
      await page.locator(".tab.active", { hasText: "tasks.py" }).waitFor({ timeout });
    });
    await lineWith(page, "yield", /yield/);
  });

  it("no other hint move or flicker while a line is half typed", async () => {
    await openFile(page, instance.write("typed.py", partOfSample("greet", "child", "parent", "two_ways", "Cache")));
    await lineWith(page, "await self.count", /inline$/);
    const settled = (await linesAtRest(page)).filter((line) => /(may switch|inline)$/.test(line));
    assert.ok(settled.length >= 4, settled.join("\n"));
    const place = await placeOf(page, "not greeted again yet", "print");
    await page.mouse.click(place.x, place.y);
    await page.keyboard.press("End");
    const half = "\nawait asyncio.wait_for(child(), {'a': [1, 'b";
    assert.deepEqual(await typeSlowlyAndWatch(page, half, settled), []);
  });

  it("hints in a notebook, across its cells", async () => {
    const cells = ["import asyncio\n\nasync def child():\n    await asyncio.sleep(0)", "await child()"];
    await openFile(page, instance.write("book.ipynb", notebook(...cells)), ".cell .view-line");
    const book = page.locator(".notebook-editor");
    assert.equal(await lineWith(book, "await asyncio.sleep(0)", /may/), "    await asyncio.sleep(0)may switch");
    assert.equal(await lineWith(book, "await child()", /may/), "await child()may switch");
  });

  it("a new server after the command to restart it, and hints as before", async () => {
    await openFile(page, sample);
    await runCommand(page, "switchpoint: Restart Server");
    await runCommand(page, "switchpoint: Show Client Log");
    const log = page.locator(".panel .monaco-editor");
    await eventually(async () => {
      const starts = (await linesOf(log)).filter((line) => line.includes("Starting the bundled server"));
      assert.equal(starts.length, 2, (await linesOf(log)).join("\n"));
    });
    await runCommand(page, "View: Hide Panel");
    await runCommand(page, "switchpoint: Toggle Hints");
    await lineWith(page, "await asyncio.sleep(0)", /sleep\(0\)$/);
    await runCommand(page, "switchpoint: Toggle Hints");
    await lineWith(page, "await asyncio.sleep(0)", /may switch$/);
  });

  it("text of the workspace as it is, in a hover too: no link, no picture, no command", async () => {
    const said = 'odd("[x](command:y) <img src=x> **b**")';
    const source = `import asyncio\n\n\nasync def odd(_):\n    await asyncio.sleep(0)\n\n\nasync def main():\n    await ${said}\n`;
    const name = "[odd](name) **b**.py";
    await openFile(page, instance.write(name, source));
    await lineWith(page, "await odd(", /may switch$/);
    const shown = await hoverOn(page, "await odd(", "await");
    assert.ok(shown.includes(said) && shown.includes(`${name}:5`), shown);
    const hover = page.locator(".monaco-hover:visible").filter({ hasText: "switchpoint" });
    assert.equal(await hover.locator("img, a[data-href^='command:']").count(), 0);
  });

  it("what to put into a report of a problem", async () => {
    await runCommand(page, "switchpoint: Show Debug Information");
    await lineWith(page, "server:", /the bundled server, run by /);
  });

  it("the sample, and why its first switch point is one, at a button of the guide", async () => {
    await runCommand(page, "switchpoint: Open Guide");
    await page.getByText("Point at an await", { exact: true }).click();
    await page.getByRole("button", { name: "Show why" }).click();
    await page.locator(".tab.active", { hasText: "orders.py" }).waitFor();
    await page.locator(".peekview-widget").waitFor();
  });

  it("the same in a light theme, in a window where nothing but a notebook was opened first", async () => {
    instance.settings({}, "light");
    const light = await instance.open("light");
    await pictured(light, "light", async () => {
      await openNotebook(light, path.join(instance.folder, "book.ipynb"));
      await lineWith(light.locator(".notebook-editor"), "await child()", /may switch$/);
      await openFile(light, sample);
      await lineWith(light, "await child()", /may switch$/);
      await hoverOn(light, "await child()", "await");
      await keepPicture(light, "hover-light");
    });
    await light.context().close();
  });
});
