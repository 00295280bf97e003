/**
 * Takes the pictures of the README and of the walkthrough, and pictures of whole windows for people to look at.
 * All of them are kept in artefacts/; with SWITCHPOINT_UPDATE_PICTURES=1 those of the extension are renewed as well.
 */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { copyFileSync, mkdirSync, statSync } from "node:fs";
import path from "node:path";
import { after, before, describe, it } from "node:test";
import type { Page } from "playwright-core";
import {
  ARTEFACTS,
  hideSideBar,
  hoverOn,
  languageStatus,
  lineWith,
  openFile,
  pictured,
  runCommand,
} from "../e2e/seeing";
import { partOfSample } from "../e2e/texts";
import { type Instance, prepared, startInstance, type Theme } from "../e2e/window";

const editor = prepared();
const skip = typeof editor === "string" ? editor : false;

const LINE_HEIGHT = 22;
/** A code lens, in lines. */
const LENS = 0.8;
const WIDTH = 900;
/** Of a window, what is above and below the code. */
const FRAME = 110;

/** Nothing but code: what moves or differs from run to run is switched off. */
const BARE = {
  "editor.fontSize": 14,
  "editor.lineHeight": LINE_HEIGHT,
  "editor.folding": false,
  "editor.hover.above": false,
  "editor.occurrencesHighlight": "off",
  "editor.renderLineHighlight": "none",
  "editor.scrollBeyondLastLine": false,
  "editor.scrollbar.horizontal": "hidden",
  "editor.scrollbar.vertical": "hidden",
  "editor.overviewRulerBorder": false,
  "editor.hideCursorInOverviewRuler": true,
};
const LARGE = { width: 1400, height: 860 };
const MOST_BYTES = 150_000;

interface Picture {
  readonly name: string;
  readonly parts: readonly string[];
  readonly awaited: readonly [code: string, seen: RegExp];
  readonly hover?: readonly [code: string, word: string];
  /** Lines of room below the code, for a hover. */
  readonly room?: number;
}

const PICTURES: readonly Picture[] = [
  { name: "inline", parts: ["child", "parent"], awaited: ["await child()", /may switch$/] },
  {
    name: "why",
    parts: ["child", "parent"],
    awaited: ["await child()", /may switch$/],
    hover: ["await child()", "await"],
    room: 9,
  },
  { name: "enter-exit", parts: ["child", "all_at_once"], awaited: ["group.create_task", /exit may switch$/] },
  { name: "atomic", parts: ["Cache"], awaited: ["await self.count", /inline$/] },
];

describe("pictures", { skip, timeout: 400_000 }, () => {
  let instance: Instance;
  before(async () => {
    assert.ok(typeof editor === "object");
    mkdirSync(ARTEFACTS, { recursive: true });
    instance = await startInstance(editor, { trust: false });
    execFileSync("python3", ["-I", "-m", "venv", "--without-pip", path.join(instance.folder, ".venv")]);
  });
  after(() => instance?.end());

  for (const theme of ["dark", "light"] as const) {
    let bare: Promise<Page> | undefined;
    for (const picture of PICTURES) {
      it(`of the walkthrough: ${picture.name}, ${theme}`, async () => {
        bare ??= openBare(instance, theme);
        await takeOfCode(await bare, instance, picture, theme);
      });
    }

    it(`of whole windows: the guide, the sample with its status, ${theme}`, async () => {
      await (await bare)?.context().close();
      instance.settings({}, theme);
      const page = await instance.open(theme, LARGE);
      await pictured(page, `the guide ${theme}`, () => showGuide(page, theme));
      await page.context().close();
    });
  }
});

async function openBare(instance: Instance, theme: Theme): Promise<Page> {
  instance.settings(BARE, theme);
  const page = await instance.open(theme, { width: WIDTH, height: 600 });
  await hideSideBar(page);
  return page;
}

async function showGuide(page: Page, theme: Theme): Promise<void> {
  await hideSideBar(page);
  await runCommand(page, "switchpoint: Open Guide");
  await page.getByText("Between two switch points, you are alone").waitFor();
  await page.getByText("Point at an await").click();
  await page.waitForTimeout(500);
  await page.screenshot({ path: path.join(ARTEFACTS, `guide-${theme}.png`) });
  await runCommand(page, "switchpoint: Open Sample");
  await lineWith(page, "await child()", /may switch$/);
  await languageStatus(page);
  await page.screenshot({ path: path.join(ARTEFACTS, `status-${theme}.png`) });
}

async function takeOfCode(page: Page, instance: Instance, picture: Picture, theme: Theme): Promise<void> {
  const { name, parts, awaited, hover, room = 0 } = picture;
  const text = partOfSample(...parts);
  const lines = text.split("\n").length + text.split("async def").length * LENS + room;
  await page.setViewportSize({ width: WIDTH, height: Math.round(FRAME + LINE_HEIGHT * lines) });
  await openFile(page, instance.write(`${name}.py`, text));
  await lineWith(page, ...awaited);
  await page.mouse.move(5, 5);
  if (hover !== undefined) {
    await hoverOn(page, ...hover);
    await page.waitForTimeout(300);
  }
  const box = await page.locator(".editor-instance .monaco-editor").first().boundingBox();
  assert.ok(box);
  const file = path.join(ARTEFACTS, `${name}-${theme}.png`);
  await page.screenshot({ path: file, clip: box });
  assert.ok(statSync(file).size < MOST_BYTES, `${file} is too big to be kept`);
  if (process.env.SWITCHPOINT_UPDATE_PICTURES !== undefined) {
    const kept = path.join(REPOSITORY, "client-vscode", "media", "walkthrough");
    mkdirSync(kept, { recursive: true });
    copyFileSync(file, path.join(kept, path.basename(file)));
  }
}
