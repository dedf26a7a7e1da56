import type { DatabaseSync } from "node:sqlite";

import { sha256 } from "../contract/digest.ts";
import type { Entry } from "../contract/entry.ts";
import type { Finding } from "./chain-check.ts";
import { references } from "./stored-value.ts";

/** Checks that everything the chain refers to lies beside it, unless its erasure is an entry. */
export function createBesideCheck(db: DatabaseSync, report: (finding: Finding) => void) {
  const hasBox = db.prepare("SELECT 1 FROM sealed WHERE commitment = ?");
  const textOf = db.prepare("SELECT text FROM texts WHERE hash = ?");
  const missing = new Map<string, number>();

  return {
    add(entry: Entry): void {
      if (entry.type === "plaintext-erased") {
        for (const commitment of entry.data.commitments) {
          missing.delete(commitment);
          if (hasBox.get(commitment) !== undefined)
            report({
              seq: entry.seq,
              kind: "beside",
              message: `The value ${commitment} was to be erased, and is still there.`,
            });
        }
      }
      const { boxes, texts } = references(entry.data);
      for (const box of boxes) if (hasBox.get(box) === undefined) missing.set(box, entry.seq);
      for (const hash of texts) {
        const text = textOf.get(hash)?.["text"];
        if (typeof text !== "string" || sha256(text) !== hash)
          report({ seq: entry.seq, kind: "beside", message: `The text ${hash} is missing or was changed.` });
      }
    },

    finish(): void {
      for (const [commitment, seq] of missing)
        report({
          seq,
          kind: "beside",
          message: `The sealed value ${commitment} is missing, and no entry erased it.`,
        });
    },
  };
}
