/**
 * What this client and the server say to each other beyond the Language Server Protocol.
 * All of it is optional: with a server that knows none of it, hints and hovers work all the same.
 */

import type { Location, Position, Range, TextDocumentIdentifier } from "vscode-languageclient/node";
import { NotificationType, RequestType } from "vscode-languageclient/node";

/** Server to client, whenever one of the figures of an open file changed. */
export interface StatusParams {
  readonly uri: string;
  readonly inline: number;
  readonly maySwitch: number;
  readonly busy: boolean;
}

export const status = new NotificationType<StatusParams>("switchpoint/status");

/** The chain below the site at a position, from the first callee's inside to the leaf; empty where there is none. */
export interface WhyParams {
  readonly textDocument: TextDocumentIdentifier;
  readonly position: Position;
}

export const why = new RequestType<WhyParams, Location[] | null, void>("switchpoint/why");

/** Every site of a file in source order. `range` is what a jump selects: the keyword, or an exit's end of block. */
export interface SitesParams {
  readonly textDocument: TextDocumentIdentifier;
}

export interface SiteItem {
  readonly range: Range;
  readonly verdict: "inline" | "may switch";
}

export const sites = new RequestType<SitesParams, SiteItem[] | null, void>("switchpoint/sites");
