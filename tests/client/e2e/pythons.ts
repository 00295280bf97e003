/** The Pythons on this machine. In: the search path, the folders of pyenv and uv. Out: one CPython per minor version. */
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { homedir } from "node:os";
import path from "node:path";

export interface Python {
  readonly executable: string;
  readonly version: string;
}

const ASK = "import sys; print(sys.executable, *sys.version_info[:2], sys.implementation.name)";

/** From 3.10 up, oldest first. */
export function installedPythons(): readonly Python[] {
  const byMinor = new Map<number, string>();
  for (const python of [...collected(), "python3"]) {
    const { stdout } = spawnSync(python, ["-I", "-S", "-c", ASK], { encoding: "utf8" });
    const [executable, major, minor, implementation] = (stdout ?? "").trim().split(" ");
    const isNew = major === "3" && Number(minor) >= 10 && implementation === "cpython";
    if (executable !== undefined && isNew && !byMinor.has(Number(minor))) {
      byMinor.set(Number(minor), executable);
    }
  }
  const sorted = [...byMinor].sort(([one], [other]) => one - other);
  return sorted.map(([minor, executable]) => ({ executable, version: `3.${minor}` }));
}

function collected(): string[] {
  const pyenv = path.join(process.env.PYENV_ROOT ?? path.join(homedir(), ".pyenv"), "versions");
  const uv = process.env.UV_PYTHON_INSTALL_DIR ?? path.join(homedir(), ".local", "share", "uv", "python");
  const folders = [pyenv, uv].filter(existsSync);
  return folders.flatMap((root) => readdirSync(root).map((name) => path.join(root, name, "bin", "python3")));
}
