/**
 * The real disk and the real processes, behind the door that `interpreter.ts` describes.
 * The probe is the only thing here that runs a Python; it runs it isolated, so that no `.pth` line of it is executed.
 */
import { execFile } from "node:child_process";
import * as fs from "node:fs";
import type { Machine, Probed } from "./interpreter";

const PROBE = "import json, sys; print(json.dumps([sys.executable, *sys.version_info[:2]]))";
const PROBE_TIMEOUT_MS = 30_000;

/** The machine that the editor runs on. `cwd` must not be a folder of the workspace. */
export function thisMachine(cwd: string): Machine {
  return {
    exists: isFile,
    realpath: realpathOrSelf,
    probe: (file, args) =>
      new Promise((resolve) => {
        const options = { cwd, timeout: PROBE_TIMEOUT_MS, windowsHide: true };
        execFile(file, [...args, "-I", "-S", "-c", PROBE], options, (error, stdout) => {
          resolve(error === null ? parseProbe(stdout) : undefined);
        });
      }),
  };
}

/** Reads the probe's one line; anything else is not a Python's answer. */
export function parseProbe(stdout: string): Probed | undefined {
  let answer: unknown;
  try {
    answer = JSON.parse(stdout);
  } catch {
    return undefined;
  }
  if (!Array.isArray(answer)) {
    return undefined;
  }
  const [executable, major, minor] = answer as unknown[];
  if (typeof executable !== "string" || typeof major !== "number" || typeof minor !== "number") {
    return undefined;
  }
  return { executable, version: [major, minor] };
}

function isFile(file: string): boolean {
  try {
    return fs.statSync(file, { throwIfNoEntry: false })?.isFile() ?? false;
  } catch {
    // Windows lets nobody look behind the aliases of its Store, which can be run all the same.
    return process.platform === "win32" && /\.exe$/i.test(file);
  }
}

function realpathOrSelf(file: string): string {
  try {
    return fs.realpathSync(file);
  } catch {
    return file;
  }
}
