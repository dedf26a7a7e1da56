import { z } from "zod";

import { type EventType, LedgerEvent } from "../src/contract/entry.ts";
import { typeOf } from "./type-of.ts";

const MEANING: Readonly<Record<EventType, string>> = {
  "ledger-created": "The first entry of every ledger.",
  "object-recorded": "A value that later entries refer to by its digest.",
  "key-changed": "Another key signs the checkpoints from now on.",
  "request-accepted": "A caller named a request; however often it comes, it has one effect.",
  "request-answered": "A named request was answered.",
  "plaintext-erased": "The key of sealed values was destroyed.",
  "principal-registered": "Somebody got roles in the governance chain.",
  "proposal-submitted": "Somebody proposed a capability, a pack or a facade.",
  "proposal-reviewed": "A reviewer set the risk of a proposal.",
  "proposal-decided": "An approver approved or rejected a proposal.",
  "lifecycle-changed": "A pack or facade became ACTIVE, FROZEN or DEPRECATED.",
  "policy-changed": "Another policy set came into force.",
  "subject-suspended": "A pack or facade is no longer what was approved, and nobody reaches it.",
  "subject-reinstated": "An admin ended that.",
  "panic-raised": "Somebody stopped everything of a scope.",
  "panic-lifted": "An admin ended a panic.",
  "data-read": "A call read data of classes that its run or session had not read before.",
  "run-started": "A run began.",
  "run-claimed": "A process took over a run of another one that died.",
  "run-paused": "Nothing new is started until the run is resumed.",
  "run-resumed": "A pause ended.",
  "run-cancel-requested": "Somebody asked to stop the run.",
  "run-timed-out": "The run used up its time.",
  "run-restarted": "The run lost a race for a path, was rolled back, and begins again.",
  "run-completed": "The run ended well.",
  "run-failed": "The run ended with a failure, and what it did stays.",
  "rollback-started": "What the run did is being taken back.",
  "run-rolled-back": "Everything that the run did was taken back.",
  "rollback-incomplete": "The rollback ended, and something could not be taken back.",
  "undo-started": "Somebody asked to undo or to redo an ended run.",
  "run-undone": "That undo ended.",
  "run-redone": "That redo ended.",
  "hook-answered": "A governor answered, or its fail mode did.",
  "block-entered": "A CONDITION, PARALLEL, WORKFLOW or foreach step began.",
  "step-skipped": "A step did not run.",
  "step-intended": "An attempt of a step was allowed and is about to run.",
  "step-withheld": "An attempt was not allowed to run: it was denied, or waits for somebody.",
  "step-completed": "An attempt ended well.",
  "step-failed": "An attempt failed; what it did was taken back.",
  "step-interrupted": "Recovery found an attempt that a crash had cut off.",
  "effect-intended": "An effect is about to happen, with everything that is needed to take it back.",
  "approval-requested": "The run waits for a human.",
  "approval-confirmed": "One of several persons that it needs said yes.",
  "approval-revoked": "An approval was taken back before it was used.",
  "approval-decided": "A human answered, or the time was up.",
  "undo-intended": "An effect is about to be taken back.",
  "undo-completed": "An effect was taken back.",
  "undo-refused": "An effect could not be taken back, and nothing was changed.",
};

type Property = { readonly [keyword: string]: unknown };

/** The reference page of the ledger's entries, from their schema. */
export function documentEntries(): string {
  return [
    "# Ledger entries",
    "Generated from `src/contract/entry.ts`.",
    "Every entry has `seq` (from 1, without gaps), `at` (ISO 8601 UTC), `by` (digest of the recorded principal), `type` and `data`. Entries of a run have `run`, those of a step also `step`: its path, such as `name`, `block/name` or `each[2]/name`. The hash of an entry is the SHA-256 of the previous hash and of the entry's canonical JSON (RFC 8785).",
    ...LedgerEvent.options.flatMap((option) => section(option.shape)),
  ]
    .join("\n\n")
    .concat("\n");
}

function section(shape: (typeof LedgerEvent.options)[number]["shape"]): string[] {
  const [type = "ledger-created"] = shape.type.values;
  const level = "step" in shape ? "Step" : "run" in shape ? "Run" : "Ledger";
  const { properties = {}, required = [] } = z.toJSONSchema(shape.data);
  const rows = Object.entries(properties).map(([name, value]) => {
    const property: Property = typeof value === "object" ? value : {};
    const note = typeof property["description"] === "string" ? property["description"] : "";
    const meaning = required.includes(name) ? note : `Optional. ${note}`.trim();
    return `| \`${name}\` | ${typeOf(property)} | ${meaning} |`;
  });
  const fields =
    rows.length === 0
      ? "It has no data."
      : ["| Data | Type | Meaning |", "|---|---|---|", ...rows].join("\n");
  return [`## ${type}`, `${level}: ${MEANING[type]}`, fields];
}
