/**
 * From settings and an interpreter to the one command line that starts the server.
 * In: plain data. Out: a `Launch` that can be compared, so that a restart happens only when it really changed.
 * Must not know VS Code.
 */
import * as path from "node:path";
import type { Interpreter } from "./interpreter";

export type ImportStrategy = "useBundled" | "fromEnvironment";

export interface LaunchSettings {
  /** A command to start instead of the bundled server, with its arguments (`serve` if there are none); empty for none. */
  readonly path: readonly string[];
  readonly importStrategy: ImportStrategy;
}

/** Where this extension keeps things. `storage` is its own folder, outside every workspace. */
export interface Places {
  readonly bootstrap: string;
  readonly storage: string;
  readonly version: string;
}

export interface Launch {
  readonly command: string;
  readonly args: readonly string[];
  /** Never a folder of the workspace: what lies in a current folder is found before what was meant. */
  readonly cwd: string;
  /** In words, for logs and for debug information. */
  readonly description: string;
}

/** Undefined when a Python is needed and there is none. */
export function launchOf(
  settings: LaunchSettings,
  interpreter: Interpreter | undefined,
  places: Places,
): Launch | undefined {
  const cwd = places.storage;
  const [named, ...rest] = settings.path;
  if (named !== undefined) {
    return { command: named, args: rest.length === 0 ? ["serve"] : rest, cwd, description: `the command ${named}` };
  }
  if (interpreter === undefined) {
    return undefined;
  }
  const { command } = interpreter;
  const python = `${command} (Python ${interpreter.version.join(".")}, from ${SOURCES[interpreter.source]})`;
  if (settings.importStrategy === "fromEnvironment") {
    const args = [...interpreter.args, "-I", "-m", "switchpoint", "serve"];
    return { command, args, cwd, description: `the switchpoint installed for ${python}` };
  }
  const args = [...interpreter.args, ...ISOLATED, places.bootstrap, compiledFolder(places), "serve"];
  return { command, args, cwd, description: `the bundled server, run by ${python}` };
}

/** Folders of compiled Python that an older version of this extension left in `storage`. */
export function staleFolders(names: readonly string[], version: string): readonly string[] {
  return names.filter((name) => name.startsWith(COMPILED) && name !== `${COMPILED}${version}`);
}

function compiledFolder({ storage, version }: Places): string {
  return path.join(storage, `${COMPILED}${version}`);
}

const COMPILED = "compiled-";
// -I and -S: no site-packages, no user site, no PYTHON* variable and no .pth line of the user's environment. -B: nothing is
// written beside any source; the server keeps compiled code in the folder that it is given.
const ISOLATED = ["-I", "-S", "-B", "-X", "utf8"] as const;
const SOURCES = {
  setting: "the setting switchpoint.interpreter",
  environment: "the Python extension",
  path: "the search path",
} as const;
