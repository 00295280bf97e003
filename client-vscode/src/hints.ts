/**
 * Makes a click on a hint lead to the place that the hint names.
 * In: a hint of the server. Out: the same, with a command in place of the location.
 *
 * VS Code answers a click on a location by asking for the definition of what stands there, and a `yield` has none.
 */
import * as vscode from "vscode";

export function clickable(hint: vscode.InlayHint): vscode.InlayHint {
  if (typeof hint.label !== "string") {
    hint.label = hint.label.map(clickablePart);
  }
  return hint;
}

function clickablePart(part: vscode.InlayHintLabelPart): vscode.InlayHintLabelPart {
  if (part.location === undefined) {
    return part;
  }
  const { uri, range } = part.location;
  const going = new vscode.InlayHintLabelPart(part.value);
  const selection = new vscode.Range(range.start, range.start);
  going.tooltip = part.tooltip;
  going.command = { title: "Go to where it switches", command: "vscode.open", arguments: [uri, { selection }] };
  return going;
}
