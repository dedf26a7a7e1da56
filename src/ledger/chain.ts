import { hash } from "node:crypto";

import type { LedgerEvent } from "../contract/entry.ts";
import { canonicalJson } from "../contract/json.ts";

/** Last entry of a ledger; `hash` is what the next one is chained to. */
export type Head = { readonly seq: number; readonly hash: Uint8Array; readonly at: string };

/** What the first entry is chained to. */
export const GENESIS: Head = { seq: 0, hash: new Uint8Array(32), at: "" };

type Stamp = { readonly seq: number; readonly at: string; readonly by: string };

/** The canonical JSON of an entry whose data is canonical JSON already; the members stand in canonical order. */
export function entryText(stamp: Stamp, event: LedgerEvent, dataJson: string): string {
  const run = "run" in event ? `,"run":${canonicalJson(event.run)}` : "";
  const step = "step" in event ? `,"step":${canonicalJson(event.step)}` : "";
  return `{"at":"${stamp.at}","by":"${stamp.by}","data":${dataJson}${run},"seq":${stamp.seq}${step},"type":"${event.type}","v":1}`;
}

/** SQL that cuts `at` out of an entry's text, where `entryText` puts it. */
export const AT_OF_ENTRY = "substr(entry, 8, 24)";

// Longest UTF-8 form of one UTF-16 code unit.
const BYTES_PER_UNIT = 3;
const scratch = Buffer.alloc(64 * 1024);

/** SHA-256 of the previous entry's hash followed by this entry's text in UTF-8. */
export function chainHash(previous: Uint8Array, text: string): Uint8Array {
  const most = previous.length + text.length * BYTES_PER_UNIT;
  const buffer = most <= scratch.length ? scratch : Buffer.alloc(most);
  buffer.set(previous);
  const end = previous.length + buffer.write(text, previous.length);
  return hash("sha256", buffer.subarray(0, end), "buffer");
}
