/**
 * What a person pastes into a report of a problem. Names no setting but our own, and sends nothing anywhere.
 */
import * as vscode from "vscode";
import { SECTION } from "./configuration";
import type { Launch } from "./launch";

export async function showDebugInformation(extension: vscode.Extension<unknown>, launch?: Launch): Promise<void> {
  const text = [
    "# switchpoint: debug information",
    "",
    `extension ${String(extension.packageJSON.version)}, ${vscode.env.appName} ${vscode.version}, ${process.platform} ${process.arch}`,
    `workspace: ${vscode.workspace.workspaceFolders?.length ?? 0} folders, ${vscode.workspace.isTrusted ? "trusted" : "not trusted"}`,
    `server: ${launch?.description ?? "none"}`,
    ...(launch === undefined ? [] : ["", "```", [launch.command, ...launch.args].join(" "), "```"]),
    "",
    "```json",
    JSON.stringify(vscode.workspace.getConfiguration(SECTION), undefined, 2),
    "```",
    "",
  ].join("\n");
  const document = await vscode.workspace.openTextDocument({ language: "markdown", content: text });
  await vscode.window.showTextDocument(document);
}
