// Finds the Python that the developers' scripts run: the repository's environment, else one on the search path.
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";

const repository = fileURLToPath(new URL("../..", import.meta.url));

/** A command that runs Python >= 3.10. */
export function findPython() {
  const own = [".venv/bin/python", ".venv/Scripts/python.exe"].map((tail) => repository + tail).filter(existsSync);
  const named = process.env.SWITCHPOINT_PYTHON;
  const names = [...(named ? [named] : []), ...own, "python3", "python", "py"];
  const isNew = "import sys; sys.exit(sys.version_info < (3, 10))";
  const found = names.find((name) => spawnSync(name, ["-I", "-S", "-c", isNew]).status === 0);
  if (found === undefined) {
    throw new Error("No Python 3.10 or newer was found; name one in SWITCHPOINT_PYTHON.");
  }
  return found;
}

/** Runs Python and answers what it printed; its errors go to the terminal. */
export function python(args, options = {}) {
  const done = spawnSync(findPython(), args, { encoding: "utf8", maxBuffer: 1 << 26, ...options });
  if (done.error || done.status !== 0) {
    throw new Error(`python ${args.join(" ").slice(0, 200)} failed:\n${done.stderr ?? done.error}`);
  }
  return done.stdout;
}
