/**
 * Reads and writes this extension's own settings, and nobody else's.
 * In: VS Code's configuration. Out: plain data. The names and defaults are generated from the server's `settings.py`.
 */
import * as os from "node:os";
import * as vscode from "vscode";
import type { ImportStrategy, LaunchSettings } from "./launch";

export const SECTION = "switchpoint";

export interface StartSettings extends LaunchSettings {
  readonly interpreter: readonly string[];
}

/** The settings that decide which server is started. In an untrusted workspace VS Code leaves the workspace's out. */
export function startSettings(): StartSettings {
  const configuration = vscode.workspace.getConfiguration(SECTION);
  return {
    interpreter: expanded(configuration.get<string[]>("interpreter", [])),
    path: expanded(configuration.get<string[]>("path", [])),
    importStrategy: configuration.get<ImportStrategy>("importStrategy", "useBundled"),
  };
}

let toggled: Promise<void> = Promise.resolve();

/**
 * Switches the hints off, or back to what they were before; in the place where the setting stands now.
 * One after the other: a second wish must see what the first has written.
 */
export function toggleHints(memory: vscode.Memento): Promise<void> {
  toggled = toggled.catch(() => undefined).then(() => toggleOnce(memory));
  return toggled;
}

async function toggleOnce(memory: vscode.Memento): Promise<void> {
  const configuration = vscode.workspace.getConfiguration(SECTION);
  const shown = configuration.get<string>("show", "all");
  const set = configuration.inspect<string>("show");
  const target =
    set?.workspaceValue === undefined ? vscode.ConfigurationTarget.Global : vscode.ConfigurationTarget.Workspace;
  if (shown === "off") {
    await configuration.update("show", memory.get<string>(LAST_SHOWN, "all"), target);
  } else {
    await memory.update(LAST_SHOWN, shown);
    await configuration.update("show", "off", target);
  }
}

function expanded(command: readonly string[]): readonly string[] {
  const folder = vscode.workspace.workspaceFolders?.[0]?.uri.fsPath;
  return command.map((word) => {
    const home = /^~(?=$|[/\\])/.test(word) ? os.homedir() + word.slice(1) : word;
    return folder === undefined ? home : home.replaceAll(FOLDER, folder);
  });
}

const LAST_SHOWN = "lastShown";
// biome-ignore lint/suspicious/noTemplateCurlyInString: this is how VS Code's users write it in settings.
const FOLDER = "${workspaceFolder}";
