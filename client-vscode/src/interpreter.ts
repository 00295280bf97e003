/**
 * Chooses the Python that runs the server.
 * In: the places where one may be, and a probe. Out: the first that is CPython >= 3.10, with what was rejected and why.
 * Must not know VS Code, and runs nothing but the probe.
 */
import * as path from "node:path";

export const OLDEST: Version = [3, 10];
const NEWEST_MINOR = 14;

export type Version = readonly [major: number, minor: number];
export type Source = "setting" | "environment" | "path";

/** Something that may be a Python: an absolute path, and the arguments that a launcher such as `py` needs. */
export interface Candidate {
  readonly source: Source;
  readonly file: string;
  readonly args: readonly string[];
}

/** What a Python said of itself. */
export interface Probed {
  readonly executable: string;
  readonly version: Version;
}

/** The command that runs this Python; `args` come before all others. */
export interface Interpreter {
  readonly source: Source;
  readonly command: string;
  readonly args: readonly string[];
  readonly version: Version;
}

export interface Rejection {
  readonly source: Source;
  readonly file: string;
  readonly why: string;
}

export interface Choice {
  readonly interpreter: Interpreter | undefined;
  readonly rejected: readonly Rejection[];
}

/** Everything that the choice depends on. `environment` is what the Python extension has chosen, if it is there. */
export interface Surroundings {
  /** An interpreter (or the folder of its environment) with its arguments; empty for none. */
  readonly setting: readonly string[];
  readonly environment: string | undefined;
  readonly trusted: boolean;
  readonly folders: readonly string[];
  readonly searchPath: string;
  readonly platform: NodeJS.Platform;
}

/** The disk and the processes, as far as the choice needs them. `probe` answers undefined for what is no Python. */
export interface Machine {
  exists(file: string): boolean;
  realpath(file: string): string;
  probe(file: string, args: readonly string[]): Promise<Probed | undefined>;
}

/** The first usable candidate. While the workspace is untrusted, nothing that lies in it is even probed. */
export async function chooseInterpreter(surroundings: Surroundings, machine: Machine): Promise<Choice> {
  const rejected: Rejection[] = [];
  for (const candidate of candidates(surroundings, machine)) {
    const { source, file } = candidate;
    const refusal = refused([file, ...candidate.args], surroundings, machine);
    if (refusal !== undefined) {
      rejected.push({ source, file, why: refusal });
      continue;
    }
    const probed = await machine.probe(file, candidate.args);
    const why = probed === undefined ? "it did not answer as a Python does" : tooOld(probed.version);
    if (probed !== undefined && why === undefined) {
      return { interpreter: interpreterOf(candidate, probed), rejected };
    }
    rejected.push({ source, file, why: why ?? "" });
  }
  return { interpreter: undefined, rejected };
}

/** Candidates in the order of the promise: the setting, the Python extension's choice, the search path. */
export function* candidates(surroundings: Surroundings, machine: Machine): Generator<Candidate> {
  const { environment, platform } = surroundings;
  const [named, ...args] = located(surroundings.setting, surroundings, machine);
  if (named !== undefined) {
    yield { source: "setting", file: executableOf(named, machine, platform), args };
  }
  if (environment !== undefined) {
    yield { source: "environment", file: executableOf(environment, machine, platform), args: [] };
  }
  yield* onSearchPath(surroundings, machine);
}

/** On the search path stand shims and launchers: what they start is run directly. What a person named is run as named. */
function interpreterOf({ source, file, args }: Candidate, { executable, version }: Probed): Interpreter {
  return source === "path"
    ? { source, command: executable, args: [], version }
    : { source, command: file, args, version };
}

/**
 * The command with the place of its program spelled out: a bare name is looked for on the search path, a relative one in
 * the workspace. Only then can be asked where it lies, and only then is that what will be run.
 */
export function located(command: readonly string[], surroundings: Surroundings, machine: Machine): readonly string[] {
  const [named, ...args] = command;
  const paths = pathsOf(surroundings.platform);
  if (named === undefined || paths.isAbsolute(named)) {
    return command;
  }
  if (/[/\\]/.test(named)) {
    return [paths.join(surroundings.folders[0] ?? paths.sep, named), ...args];
  }
  const names = surroundings.platform === "win32" ? [named, `${named}.exe`] : [named];
  const places = names.flatMap((name) => searched(surroundings).map((folder) => paths.join(folder, name)));
  return [places.find((file) => machine.exists(file)) ?? named, ...args];
}

/** Why this command must not be run now, or undefined. Both a program and what it is told to run count. */
export function refused(command: readonly string[], surroundings: Surroundings, machine: Machine): string | undefined {
  const { trusted, folders, platform } = surroundings;
  const files = command.filter((word) => pathsOf(platform).isAbsolute(word));
  return !trusted && files.some((file) => isInside(file, folders, machine, platform))
    ? "it lies in a workspace that is not trusted"
    : undefined;
}

function* onSearchPath(surroundings: Surroundings, machine: Machine): Generator<Candidate> {
  for (const name of namesOf(surroundings.platform)) {
    for (const folder of searched(surroundings)) {
      const file = pathsOf(surroundings.platform).join(folder, name);
      if (machine.exists(file)) {
        yield { source: "path", file, args: name === "py.exe" ? ["-3"] : [] };
      }
    }
  }
}

/** The folders of the search path; Windows lets people quote them. A relative one would be of wherever the editor was started. */
function searched({ searchPath, platform }: Surroundings): readonly string[] {
  const paths = pathsOf(platform);
  const folders = searchPath.split(paths.delimiter).map((folder) => folder.replace(/^"(.*)"$/, "$1"));
  return folders.filter((folder) => paths.isAbsolute(folder));
}

/** The plain names first; the versioned ones for systems whose `python3` is too old but not alone. */
function namesOf(platform: NodeJS.Platform): readonly string[] {
  if (platform === "win32") {
    return ["python3.exe", "python.exe", "py.exe"];
  }
  const versioned: string[] = [];
  for (let minor = NEWEST_MINOR; minor >= OLDEST[1]; minor--) {
    versioned.push(`python3.${minor}`);
  }
  return ["python3", "python", ...versioned];
}

/** An environment's folder stands for the interpreter in it. */
function executableOf(named: string, machine: Machine, platform: NodeJS.Platform): string {
  const paths = pathsOf(platform);
  if (!paths.isAbsolute(named)) {
    return named;
  }
  const inside = platform === "win32" ? ["Scripts\\python.exe", "python.exe"] : ["bin/python", "bin/python3"];
  const found = inside.map((tail) => paths.join(named, tail)).find((file) => machine.exists(file));
  return found ?? named;
}

/** Both the name and what a link points at count: either would let a workspace choose what is run. */
function isInside(file: string, folders: readonly string[], machine: Machine, platform: NodeJS.Platform): boolean {
  const paths = pathsOf(platform);
  const names = [file, machine.realpath(file)];
  const roots = folders.flatMap((folder) => [folder, machine.realpath(folder)]);
  return names.some((name) =>
    roots.some((root) => {
      const relative = paths.relative(root, name);
      return relative !== ".." && !relative.startsWith(`..${paths.sep}`) && !paths.isAbsolute(relative);
    }),
  );
}

function tooOld(version: Version): string | undefined {
  const [major, minor] = version;
  if (major > OLDEST[0] || (major === OLDEST[0] && minor >= OLDEST[1])) {
    return undefined;
  }
  return `it is Python ${major}.${minor}, and ${OLDEST.join(".")} or newer is needed`;
}

function pathsOf(platform: NodeJS.Platform): path.PlatformPath {
  return platform === "win32" ? path.win32 : path.posix;
}
