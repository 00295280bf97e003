import assert from "node:assert/strict";
import { chmodSync, existsSync } from "node:fs";
import path from "node:path";
import { after, before, describe, it as test } from "node:test";
import type { Page } from "playwright-core";
import { eventually, keepPicture, languageStatusSays, lineWith, openFile, pictured, runCommand } from "./seeing";
import { SMALL } from "./texts";
import { type Instance, prepared, startInstance } from "./window";

const editor = prepared();
const skip = typeof editor === "string" ? editor : false;

describe("a folder whose settings name a program of its own", { skip, timeout: 600_000 }, () => {
  let instance: Instance;
  let page: Page;
  let ran: string;

  before(async () => {
    assert.ok(typeof editor === "object");
    instance = await startInstance(editor, { trust: true });
    instance.write("children.py", SMALL);
    ran = path.join(instance.folder, "ran");
    const evil = instance.write("evil", `#!/bin/sh\necho "$0" >> '${ran}'\n`);
    chmodSync(evil, 0o755);
    const settings = { "switchpoint.path": [evil], "switchpoint.interpreter": [evil] };
    instance.write(".vscode/settings.json", JSON.stringify(settings));
    page = await instance.open();
  });

  after(() => instance?.end());
  const it = (what: string, look: () => Promise<void>) => test(what, () => pictured(page, what, look));

  it("shows hints while it is not trusted, and that program is not run", async () => {
    await page.getByText("Restricted Mode").first().waitFor();
    await openFile(page, path.join(instance.folder, "children.py"));
    await lineWith(page, "await child()", /may switch$/);
    await languageStatusSays(page, /\d+ inline, \d+ may switch/);
    assert.equal(existsSync(ran), false);
    await keepPicture(page, "untrusted");
  });

  it("has that program run once its user trusts it, which shows that the setting was seen", async () => {
    await runCommand(page, "Workspaces: Manage Workspace Trust");
    await page.locator(".workspace-trust-editor").getByText("Trust", { exact: true }).first().click();
    await eventually(async () => assert.ok(existsSync(ran)));
  });
});
