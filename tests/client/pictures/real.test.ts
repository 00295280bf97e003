/** Pictures of code that nobody here wrote, for people to look at. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { cpSync, existsSync } from "node:fs";
import path from "node:path";
import { after, before, describe, it } from "node:test";
import type { Page } from "playwright-core";
import { hideSideBar, hoverOn, keepPicture, lineWith, openFile } from "../e2e/seeing";
import { type Instance, prepared, startInstance, type Theme } from "../e2e/window";

const FOLDER = path.join(process.env.SWITCHPOINT_E2E_CACHE ?? "", "libraries");
const LIBRARIES = ["httpx==0.28.1", "starlette==0.50.0"];
const PATIENCE_MS = 90_000;

const editor = prepared();
const skip = typeof editor === "string" ? editor : libraries();

describe("pictures of real code", { skip, timeout: 400_000 }, () => {
  let instance: Instance;
  before(async () => {
    assert.ok(typeof editor === "object");
    instance = await startInstance(editor, { trust: false });
    cpSync(FOLDER, instance.folder, { recursive: true });
  });
  after(() => instance?.end());

  for (const theme of ["dark", "light"] as const) {
    it(`in a ${theme} theme`, async () => {
      instance.settings({}, theme);
      const page = await instance.open(theme, { width: 1400, height: 860 });
      await hideSideBar(page);
      await showReal(page, instance, "httpx/_client.py", "await self._send_single_request(", theme);
      await showReal(page, instance, "starlette/routing.py", "await self.app(scope", theme);
      await page.context().close();
    });
  }
});

async function showReal(page: Page, instance: Instance, name: string, code: string, theme: Theme): Promise<void> {
  await openFile(page, path.join(instance.folder, name));
  await page.keyboard.press("Control+F");
  await page.keyboard.type(code);
  await page.keyboard.press("Enter");
  await page.keyboard.press("Escape");
  await lineWith(page, code, /./);
  await lineWith(page, "await ", /inline|may switch/, PATIENCE_MS);
  await hoverOn(page, code, "await");
  await keepPicture(page, `real-${path.dirname(name)}-${theme}`);
}

/** Installs real libraries to look at; answers why not, or false. */
function libraries(): string | false {
  if (existsSync(path.join(FOLDER, "starlette"))) {
    return false;
  }
  try {
    execFileSync("python3", ["-m", "pip", "install", "--quiet", "--target", FOLDER, ...LIBRARIES], {
      timeout: 120_000,
    });
    return false;
  } catch (error) {
    return `the libraries to look at could not be installed: ${String(error).slice(0, 200)}`;
  }
}
