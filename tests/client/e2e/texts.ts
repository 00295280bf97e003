/** The files that are opened: the extension's own sample, whole or a part of it, a smaller one, and a notebook. */
import { readFileSync } from "node:fs";
import path from "node:path";

export const SAMPLE = readFileSync(path.join(REPOSITORY, "client-vscode", "sample", "orders.py"), "utf8");

/** The sample's top-level definitions of these names, below the import that they need. */
export function partOfSample(...names: string[]): string {
  const defines = new RegExp(`^(async def|def|class) (${names.join("|")})\\b`);
  const pieces = SAMPLE.split(/\n\n\n/).filter((piece) => defines.test(piece));
  return `import asyncio\n\n\n${pieces.map((piece) => piece.trimEnd()).join("\n\n\n")}\n`;
}

/** Both verdicts, and judged at once: no library, of which an event loop's takes seconds, plays a part in it. */
export const SMALL = `class Pause:
    def __await__(self):
        yield


async def greet():
    print("hello")


async def child():
    await Pause()


async def parent():
    await greet()
    await child()
`;

export function notebook(...cells: string[]): string {
  return JSON.stringify({
    nbformat: 4,
    nbformat_minor: 5,
    metadata: { language_info: { name: "python" } },
    cells: cells.map((source, index) => ({
      id: `cell${index}`,
      cell_type: "code",
      execution_count: null,
      metadata: {},
      outputs: [],
      source,
    })),
  });
}
