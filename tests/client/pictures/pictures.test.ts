/**
 * Takes the pictures of the README and of the walkthrough, and pictures of whole windows for people to look at.
 * All of them are kept in artefacts/; with SWITCHPOINT_UPDATE_PICTURES=1 those of the extension are renewed as well.
 */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { copyFileSync, mkdirSync, readFileSync, statSync } from "node:fs";
import path from "node:path";
import { after, before, describe, it } from "node:test";
import type { Page } from "playwright-core";
import {
  ARTEFACTS,
  hideSideBar,
  hoverOn,
  keepPicture,
  languageStatus,
  languageStatusSays,
  lineWith,
  openFile,
  pictured,
  runCommand,
} from "../e2e/seeing";
import { partOfSample } from "../e2e/texts";
import { type Instance, prepared, startInstance, type Theme } from "../e2e/window";

const editor = prepared();
const skip = typeof editor === "string" ? editor : false;

/**
 * Narrow, because a picture is shown narrow: so its text stays large; but a hover, which is up to 750 wide, fits in.
 * High, because a hover is given a quarter of the height, and what does not fit in is hidden.
 */
const NARROW = { width: 860, height: 1800 };
/** Around the text, in pixels. The same above as below. */
const MARGIN = 12;
/** In both themes, that of any line number. */
const LINE_NUMBER = "#6e7681";

/** Nothing but code: what moves or differs from run to run is switched off, and so is what tells where the cursor is. */
const BARE = {
  "editor.fontSize": 19,
  "editor.lineHeight": 29,
  "editor.codeLens": false,
  "editor.lineNumbersMinChars": 2,
  "editor.padding.top": MARGIN,
  "editor.folding": false,
  "editor.glyphMargin": false,
  "editor.overviewRulerLanes": 0,
  "editor.hover.above": false,
  "editor.occurrencesHighlight": "off",
  "editor.renderLineHighlight": "none",
  "editor.scrollBeyondLastLine": false,
  "editor.scrollbar.horizontal": "hidden",
  "editor.scrollbar.vertical": "hidden",
  "editor.overviewRulerBorder": false,
  "editor.hideCursorInOverviewRuler": true,
  "workbench.colorCustomizations": {
    "editorCursor.foreground": "#00000000",
    "editorLineNumber.activeForeground": LINE_NUMBER,
    "editorLineNumber.foreground": LINE_NUMBER,
  },
};
const { contributes } = JSON.parse(readFileSync(path.join(REPOSITORY, "client-vscode", "package.json"), "utf8"));
const STEPS: readonly { readonly id: string; readonly title: string }[] = contributes.walkthroughs[0].steps;

const LARGE = { width: 1400, height: 860 };
const MOST_BYTES = 250_000;

interface Picture {
  readonly name: string;
  readonly parts: readonly string[];
  /** All of what the picture is to show: a first answer can be more careful than the one that follows it. */
  readonly awaited: readonly (readonly [code: string, seen: RegExp])[];
  readonly hover?: readonly [code: string, word: string];
}

const GREETED = ["await greet()", /inline$/] as const;
const CHILD_AWAITED = ["await child()", /may switch$/] as const;

const PICTURES: readonly Picture[] = [
  { name: "task", parts: ["greet", "two_ways"], awaited: [GREETED, ["await task", /may switch$/]] },
  { name: "inline", parts: ["greet", "child", "parent"], awaited: [GREETED, CHILD_AWAITED] },
  {
    name: "why",
    parts: ["greet", "child", "parent"],
    awaited: [GREETED, CHILD_AWAITED],
    hover: ["await child()", "await"],
  },
  {
    name: "enter-exit",
    parts: ["child", "all_at_once"],
    awaited: [
      ["async with", /\)inline as/],
      ["group.create_task", /exit may switch$/],
    ],
  },
  {
    name: "atomic",
    parts: ["Cache"],
    awaited: [
      ["await self.forget", /inline$/],
      ["await self.count", /inline$/],
    ],
  },
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

describe("pictures of a window that is not trusted", { skip, timeout: 120_000 }, () => {
  let instance: Instance;
  before(async () => {
    assert.ok(typeof editor === "object");
    instance = await startInstance(editor, { trust: true });
  });
  after(() => instance?.end());

  for (const theme of ["dark", "light"] as const) {
    it(`in a ${theme} theme`, async () => {
      instance.settings({}, theme);
      const page = await instance.open(theme, LARGE);
      await hideSideBar(page);
      await openFile(page, instance.write("children.py", partOfSample("greet", "child", "parent")));
      await lineWith(page, ...GREETED);
      await keepPicture(page, `untrusted-${theme}`);
      await page.context().close();
    });
  }
});

async function openBare(instance: Instance, theme: Theme): Promise<Page> {
  instance.settings(BARE, theme);
  const page = await instance.open(theme, NARROW);
  await hideSideBar(page);
  return page;
}

async function showGuide(page: Page, theme: Theme): Promise<void> {
  await hideSideBar(page);
  await runCommand(page, "switchpoint: Open Guide");
  for (const { id, title } of STEPS) {
    await page.getByText(title, { exact: true }).click();
    await page.waitForTimeout(500);
    await keepPicture(page, `guide-${id}-${theme}`);
  }
  await runCommand(page, "switchpoint: Open Sample");
  await lineWith(page, ...CHILD_AWAITED);
  await languageStatus(page);
  await keepPicture(page, `status-early-${theme}`);
  await lineWith(page, ...GREETED);
  await languageStatusSays(page, /[1-9]\d* inline/);
  await keepPicture(page, `status-${theme}`);
}

async function takeOfCode(page: Page, instance: Instance, picture: Picture, theme: Theme): Promise<void> {
  const { name, parts, awaited, hover } = picture;
  await openFile(page, instance.write(`${name}.py`, partOfSample(...parts).trimEnd()));
  for (const line of awaited) {
    await lineWith(page, ...line);
  }
  await page.mouse.move(5, 5);
  if (hover !== undefined) {
    await hoverOn(page, ...hover);
    await page.waitForTimeout(300);
  }
  const file = path.join(ARTEFACTS, `${name}-${theme}.png`);
  await page.screenshot({ path: file, clip: await textOnly(page) });
  assert.ok(statSync(file).size < MOST_BYTES, `${file} is too big to be kept`);
  if (process.env.SWITCHPOINT_UPDATE_PICTURES !== undefined) {
    const kept = path.join(REPOSITORY, "client-vscode", "media", "walkthrough");
    mkdirSync(kept, { recursive: true });
    copyFileSync(file, path.join(kept, path.basename(file)));
  }
}

/** The part of the window that has text and its hover in it, without the edges of the editor. */
async function textOnly(page: Page): Promise<{ x: number; y: number; width: number; height: number }> {
  const box = await page.locator(".editor-instance .monaco-editor").first().boundingBox();
  assert.ok(box);
  const bottoms = await page
    .locator(".editor-instance .view-line, .monaco-hover:visible")
    .evaluateAll((elements) => elements.map((element) => element.getBoundingClientRect().bottom));
  const edge = 2;
  const height = Math.max(...bottoms) + MARGIN - box.y - edge;
  return { x: box.x + edge, y: box.y + edge, width: box.width - 2 * edge, height };
}
