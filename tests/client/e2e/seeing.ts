/**
 * What a person sees and does in a VS Code window: lines with their hints, hovers, commands.
 * In: a page. Out: text as it stands on the screen.
 */
import { mkdirSync } from "node:fs";
import path from "node:path";
import type { Locator, Page } from "playwright-core";

/** Only against waiting without end: how long something takes says more about the machine than about what is tested. */
export const PATIENCE_MS = 120_000;
const REST_MS = 2_000;

export const ARTEFACTS = path.join(REPOSITORY, "artefacts", "client");

/** Does something, and keeps a picture of the window if it fails. */
export async function pictured(page: Page, what: string, act: () => Promise<void>): Promise<void> {
  try {
    await act();
  } catch (error) {
    await keepPicture(page, `failed: ${what}`.replaceAll(/[^\w.]+/g, "-"));
    throw error;
  }
}

/** Keeps a picture of the whole window for people to look at. */
export async function keepPicture(page: Page, name: string): Promise<void> {
  mkdirSync(ARTEFACTS, { recursive: true });
  await page.screenshot({ path: path.join(ARTEFACTS, `${name}.png`) });
}

/** Opens a file by its absolute path. */
export async function openFile(page: Page, file: string, shown = ".monaco-editor .view-line"): Promise<void> {
  const name = path.basename(file);
  await quickInput(page, "Control+P", file, name);
  await page.locator(".tab.active", { hasText: name }).waitFor({ timeout: PATIENCE_MS });
  await page.locator(shown).first().waitFor();
}

/**
 * Opens a notebook. A window that has just been opened does not know notebooks until its extensions are there: it would show
 * the text of the file, and would show it as text ever after, since what was opened once is opened again as it was.
 */
export async function openNotebook(page: Page, file: string): Promise<void> {
  await find(page, "F1", ">New Jupyter Notebook", "Create: New Jupyter Notebook");
  await page.keyboard.press("Escape");
  await openFile(page, file, ".cell .view-line");
}

/** Opens a window with one file and waits for the hint on a line of it; tells how long a person waited for what. */
export async function openTimed(
  { open }: { open(): Promise<Page> },
  file: string,
  code: string,
  find: (page: Page) => Promise<void> = async () => {},
): Promise<Page> {
  const times = [performance.now()];
  const page = await open();
  times.push(performance.now());
  await openFile(page, file);
  times.push(performance.now());
  await find(page);
  await pictured(
    page,
    `open ${path.basename(file)}`,
    async () => void (await lineWith(page, code, /may switch|inline/)),
  );
  times.push(performance.now());
  const [window, shown, hint] = times.slice(1).map((time, index) => ((time - (times[index] ?? 0)) / 1000).toFixed(1));
  console.log(`${path.basename(file)}: window ${window} s, file open ${shown} s, first hint ${hint} s later`);
  return page;
}

/** Runs a command by its title, as listed in the command palette. */
export async function runCommand(page: Page, title: string): Promise<void> {
  await quickInput(page, "F1", `>${title}`, title);
}

async function quickInput(page: Page, key: string, text: string, row: string): Promise<void> {
  await find(page, key, text, row);
  await page.keyboard.press("Enter");
  await page.locator(".quick-input-widget").waitFor({ state: "hidden" });
}

/** `row` is what must stand first in the list. A window that has just been opened does not know all commands yet. */
async function find(page: Page, key: string, text: string, row: string): Promise<void> {
  await withGrowingPatience(2_000, async (timeout) => {
    await page.keyboard.press("Escape");
    await page.keyboard.press(key);
    await page.locator(".quick-input-widget:visible input.input").fill(text);
    await page.locator(".quick-input-list .monaco-list-row.focused", { hasText: row }).waitFor({ timeout });
  });
}

/** The visible lines of the editor from top to bottom, hints in place. `within` narrows it to one editor. */
export async function linesOf(within: Page | Locator): Promise<string[]> {
  const lines = within.locator(".view-lines .view-line");
  return lines.evaluateAll((elements) =>
    elements
      .map((element) => ({ top: element.getBoundingClientRect().top, text: element.textContent ?? "" }))
      .sort((one, other) => one.top - other.top)
      .map(({ text }) => text.replaceAll("\u00a0", " ").replaceAll(/[\u200b\u200c]/g, "")),
  );
}

/** The first visible line that contains `code`, once `seen` holds for it. Fails with what was seen instead. */
export async function lineWith(
  within: Page | Locator,
  code: string,
  seen: RegExp,
  patience = PATIENCE_MS,
): Promise<string> {
  return eventually(async () => {
    const line = (await linesOf(within)).find((text) => text.includes(code));
    if (line === undefined || !seen.test(line)) {
      throw new Error(`expected ${seen} in the line with ${JSON.stringify(code)}, saw ${JSON.stringify(line)}`);
    }
    return line;
  }, patience);
}

/**
 * The visible lines, once nothing has changed in them for a while. VS Code draws an answer that is on its way to it over
 * lines that an edit has moved since, and asks for no other before typing pauses: no client can keep it from that.
 */
export async function linesAtRest(page: Page): Promise<string[]> {
  let seen = await linesOf(page);
  let since = Date.now();
  while (Date.now() - since < REST_MS) {
    await page.waitForTimeout(100);
    const now = await linesOf(page);
    if (now.join("\n") !== seen.join("\n")) {
      since = Date.now();
    }
    seen = now;
  }
  return seen;
}

/** Moves the mouse onto a word of the first visible line that contains `code`, and answers what the hover says. */
export async function hoverOn(page: Page, code: string, word: string): Promise<string> {
  return withGrowingPatience(4_000, async (timeout) => {
    // Asked again each time: lines move while lenses appear above them.
    const place = await placeOf(page, code, word);
    await page.mouse.move(place.x - 40, place.y - 60);
    await page.mouse.move(place.x, place.y, { steps: 4 });
    const hover = page.locator(".monaco-hover:visible").filter({ hasText: "switchpoint" });
    await hover.first().waitFor({ timeout });
    return (await hover.first().innerText()).replaceAll("\u00a0", " ");
  });
}

/** The middle of a word on the screen. */
export async function placeOf(page: Page, code: string, word: string): Promise<{ x: number; y: number }> {
  const place = await page.evaluate(
    ([wanted, part]) => {
      const lines = [...document.querySelectorAll(".monaco-editor .view-line")];
      const plain = (text: string | null) => (text ?? "").replaceAll("\u00a0", " ");
      const line = lines.find((element) => plain(element.textContent).includes(wanted));
      const walker = line && document.createTreeWalker(line, NodeFilter.SHOW_TEXT);
      for (let node = walker?.nextNode(); node; node = walker?.nextNode()) {
        const at = plain(node.textContent).indexOf(part);
        if (at >= 0) {
          const range = document.createRange();
          range.setStart(node, at);
          range.setEnd(node, at + part.length);
          const box = range.getBoundingClientRect();
          return { x: box.x + box.width / 2, y: box.y + box.height / 2 };
        }
      }
      return undefined;
    },
    [code, word] as const,
  );
  if (place === undefined) {
    throw new Error(`${word} is not on the screen in a line with ${code}`);
  }
  return place;
}

/** Waits until the language status says what is wanted: while a file is analysed it says that. */
export async function languageStatusSays(page: Page, wanted: RegExp): Promise<void> {
  await eventually(async () => {
    await page.mouse.move(5, 5);
    const said = await languageStatus(page);
    if (!wanted.test(said)) {
      throw new Error(`expected ${wanted} in the language status, saw ${JSON.stringify(said)}`);
    }
  });
}

/** What the language status says, read from the pop-up over its icon in the status bar. */
export async function languageStatus(page: Page): Promise<string> {
  await page.locator("#status\\.languageStatus").hover();
  const popup = page.locator(".hover-language-status").first();
  await popup.waitFor({ timeout: PATIENCE_MS });
  const text = await page.locator(".monaco-hover:visible").last().innerText();
  return text.replaceAll("\u00a0", " ");
}

/** Asks until it no longer throws. */
export async function eventually<T>(ask: () => Promise<T>, patience = PATIENCE_MS): Promise<T> {
  const until = Date.now() + patience;
  for (;;) {
    try {
      return await ask();
    } catch (error) {
      if (Date.now() > until) {
        throw error;
      }
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
}

/** Tries what may come to nothing, and waits longer each time: what begins anew too soon would never end on a slow machine. */
export async function withGrowingPatience<T>(first: number, attempt: (timeout: number) => Promise<T>): Promise<T> {
  let timeout = first;
  return eventually(() => {
    const current = timeout;
    timeout *= 1.5;
    return attempt(current);
  });
}

/** Where the cursor is, as the status bar says. */
export async function cursor(page: Page): Promise<{ line: number; column: number }> {
  const text = await page.locator("#status\\.editor\\.selection").innerText();
  const [, line, column] = /Ln (\d+), Col (\d+)/.exec(text) ?? [];
  return { line: Number(line), column: Number(column) };
}

/**
 * Types key by key and looks at every frame: answers the frames in which one of `lines` was not to be seen as it is,
 * each with the text typed so far.
 */
export async function typeSlowlyAndWatch(page: Page, text: string, lines: readonly string[]): Promise<string[]> {
  await page.evaluate((expected) => {
    const world = window as unknown as { typed: string; missed: string[]; watching: boolean };
    Object.assign(world, { typed: "", missed: [], watching: true });
    const look = () => {
      const seen = [...document.querySelectorAll(".monaco-editor .view-line")].map((line) =>
        (line.textContent ?? "").replaceAll("\u00a0", " ").replaceAll(/[\u200b\u200c]/g, ""),
      );
      for (const line of expected.filter((wanted) => !seen.includes(wanted))) {
        world.missed.push(`after ${JSON.stringify(world.typed)}: ${line}`);
      }
      if (world.watching) {
        requestAnimationFrame(look);
      }
    };
    requestAnimationFrame(look);
  }, lines);
  let typed = "";
  for (const key of text) {
    typed += key;
    await page.evaluate((soFar) => Object.assign(window, { typed: soFar }), typed);
    await page.keyboard.press(key === "\n" ? "Enter" : key);
    await page.waitForTimeout(60);
  }
  await page.waitForTimeout(1_500);
  return page.evaluate(() => {
    const world = window as unknown as { missed: string[]; watching: boolean };
    world.watching = false;
    return [...new Set(world.missed)];
  });
}

/** Closes the side bar, if it is open. */
export async function hideSideBar(page: Page): Promise<void> {
  const sideBar = page.locator(".part.sidebar:visible");
  if ((await sideBar.count()) > 0) {
    await runCommand(page, "View: Toggle Primary Side Bar Visibility");
    await sideBar.waitFor({ state: "hidden" });
  }
}
