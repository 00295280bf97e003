/**
 * Every sentence of the client that depends on a state, and the arithmetic of jumping.
 * In: plain data. Out: plain data. Must not know VS Code.
 */

export type ServerState =
  | { readonly kind: "starting" }
  | { readonly kind: "running" }
  | { readonly kind: "stopped" }
  | { readonly kind: "failed"; readonly why: string };

export interface Counts {
  readonly inline: number;
  readonly maySwitch: number;
  readonly busy: boolean;
}

export interface StatusLine {
  readonly text: string;
  readonly detail: string;
  readonly busy: boolean;
  readonly severity: "information" | "warning" | "error";
}

/** One line for the language status item: the verdicts of the file in view, or what keeps them away. */
export function statusLine(state: ServerState, counts: Counts | undefined): StatusLine {
  switch (state.kind) {
    case "starting":
      return { text: "switchpoint: starting", detail: "", busy: true, severity: "information" };
    case "stopped":
      return { text: "switchpoint: stopped", detail: "", busy: false, severity: "warning" };
    case "failed":
      return { text: "switchpoint: not running", detail: state.why, busy: false, severity: "error" };
    case "running":
      return runningLine(counts);
  }
}

function runningLine(counts: Counts | undefined): StatusLine {
  if (counts === undefined) {
    return { text: "switchpoint: ready", detail: "", busy: false, severity: "information" };
  }
  const { inline, maySwitch, busy } = counts;
  const none = busy ? "analysing" : "no switch points";
  const text = inline + maySwitch === 0 ? none : `${inline} inline, ${maySwitch} may switch`;
  const detail = busy ? "switchpoint, hints not final yet" : "switchpoint, this file";
  return { text, detail, busy, severity: "information" };
}

/** Why no server could be started, in one sentence for people who have never heard of an interpreter. */
export function noInterpreter(rejected: readonly { readonly file: string; readonly why: string }[]): string {
  const tried = rejected.map(({ file, why }) => `${file}: ${why}`).join("; ");
  return `switchpoint needs a Python 3.10 or newer to run, and found none. Install one, or name one in the settings.${tried === "" ? "" : ` Tried ${tried}.`}`;
}

/** The same for the status, where there is room for a few words only. */
export const NO_INTERPRETER = "no Python 3.10 or newer was found";

/**
 * How a line of the server's standard error is shown: one without a level goes on with what the line before it said, if it
 * is not how a Python ends.
 */
export function logged(line: string, before: LogLevel): { readonly level: LogLevel; readonly text: string } {
  const [, name = "", text] = /^(DEBUG|INFO|WARNING|ERROR|CRITICAL) (.*)$/.exec(line) ?? [];
  if (text === undefined) {
    return { level: /^(Traceback|Fatal Python error)/.test(line) ? "error" : before, text: line };
  }
  return { level: LEVELS[name] ?? before, text };
}

export type LogLevel = "debug" | "info" | "warn" | "error";

const LEVELS: Readonly<Record<string, LogLevel>> = {
  DEBUG: "debug",
  INFO: "info",
  WARNING: "warn",
  ERROR: "error",
  CRITICAL: "error",
};

/** Why a server that was found did not start, for the status. */
export function didNotStart(error: unknown): string {
  return `it did not start: ${error instanceof Error ? error.message : String(error)}`;
}

interface Place {
  readonly line: number;
  readonly character: number;
}

/** The place after (or before) `from`, going round at the ends. `places` are in source order. */
export function neighbour<P extends Place>(places: readonly P[], from: Place, step: 1 | -1): P | undefined {
  if (step === 1) {
    return places.find((place) => compare(place, from) > 0) ?? places[0];
  }
  return places.findLast((place) => compare(place, from) < 0) ?? places.at(-1);
}

function compare(one: Place, other: Place): number {
  return one.line - other.line || one.character - other.character;
}
