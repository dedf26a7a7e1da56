import { z } from "zod";

import {
  ChainPage,
  Checkpoint,
  EntryPage,
  EntryTypes,
  LedgerEntry,
  LedgerHead,
  Proof,
  Verification,
} from "../contract/rest/ledger.ts";
import { RuntimeError } from "../contract/errors.ts";
import { chainPage } from "../ledger/chain-page.ts";
import { newestCheckpoint, signCheckpoint } from "../ledger/checkpoint.ts";
import { keyChangesOf } from "../ledger/hand-over.ts";
import { originOf } from "../ledger/note.ts";
import type { LedgerFile } from "../ledger/open-ledger.ts";
import { proveEntry } from "../ledger/prove.ts";
import { verifyAside } from "../ledger/verify-aside.ts";
import { pageOf } from "./entry-page.ts";
import { rawRoute, route, type Route } from "./route.ts";

const EntryPath = z.strictObject({ seq: z.int().min(1) });
const CONTENT_TYPES = {
  jsonl: "application/jsonl",
  ocsf: "application/jsonl",
  csv: "text/csv; charset=utf-8",
} as const;

/** The ledger of the workspace: reading, proving, verifying. */
export const LEDGER_ROUTES: readonly Route[] = [
  route({
    id: "getLedger",
    method: "get",
    path: "/v1/ledger",
    tag: "ledger",
    summary: "Where the ledger ends, and the key that signs it.",
    role: "viewer",
    answer: { status: 200, text: "The ledger's head.", schema: LedgerHead },
    handle: ({ station: { runtime } }) => {
      const { seq, hash } = runtime.ledger.head();
      const origin = originOf(runtime.ledger.id);
      const { verifier } = runtime.keys.signer(origin);
      const { database } = runtime.ledger;
      return {
        ledger: runtime.ledger.id,
        entries: seq,
        head: hash,
        verifier,
        origin,
        keyChanges: keyChangesOf(database),
        checkpoint: newestCheckpoint(database) ?? null,
      };
    },
  }),
  route({
    id: "listEntries",
    method: "get",
    path: "/v1/ledger/entries",
    tag: "ledger",
    summary: "Entries as the chain has them, the newest first unless `after` is given.",
    role: "viewer",
    query: z.strictObject({
      run: z.string().min(1).max(200).optional().describe("Only of this run."),
      types: EntryTypes.optional().describe("Only these types."),
      since: z.iso.datetime().optional().describe("Only from this time on."),
      before: z.int().min(1).optional().describe("Only entries before this one."),
      after: z.int().min(0).optional().describe("Only entries after this one, oldest first."),
      limit: z.int().min(1).max(1000).default(100),
    }),
    answer: { status: 200, text: "A page of entries.", schema: EntryPage },
    handle: ({ station: { runtime }, query: { run, types, since, before, after, limit } }) =>
      pageOf(
        runtime.ledger.entries({
          sealed: true,
          descending: after === undefined,
          ...(run === undefined ? {} : { run }),
          ...(types === undefined ? {} : { types }),
          ...(since === undefined ? {} : { since }),
          ...(before === undefined ? {} : { beforeSeq: before }),
          ...(after === undefined ? {} : { afterSeq: after }),
        }),
        limit,
      ),
  }),
  route({
    id: "listChain",
    method: "get",
    path: "/v1/ledger/chain",
    tag: "ledger",
    summary: "Entries to the byte as they were hashed, so that whoever reads them can hash them again.",
    role: "viewer",
    query: z.strictObject({
      after: z.int().min(0).default(0),
      limit: z.int().min(1).max(1000).default(200),
    }),
    answer: { status: 200, text: "A page of the chain, oldest first.", schema: ChainPage },
    handle: ({ station: { runtime }, query: { after, limit } }) => chainPage(runtime.ledger, after, limit),
  }),
  route({
    id: "getEntry",
    method: "get",
    path: "/v1/ledger/entries/{seq}",
    tag: "ledger",
    summary: "One entry as the chain has it.",
    role: "viewer",
    params: EntryPath,
    answer: { status: 200, text: "The entry.", schema: LedgerEntry },
    refusals: [404],
    handle: ({ station: { runtime }, params: { seq } }) => {
      const [entry] = runtime.ledger.entries({ afterSeq: seq - 1, beforeSeq: seq + 1, sealed: true });
      if (entry !== undefined) return entry;
      throw new RuntimeError("ENTRY_UNKNOWN", `The ledger has no entry ${seq}.`);
    },
  }),
  route({
    id: "proveEntry",
    method: "get",
    path: "/v1/ledger/entries/{seq}/proof",
    tag: "ledger",
    summary: "What proves that an entry is in the ledger, for `airun audit verify --proof`.",
    role: "viewer",
    params: EntryPath,
    answer: { status: 200, text: "The proof.", schema: Proof },
    refusals: [404, 409],
    handle: async ({ station: { runtime }, params: { seq } }) => {
      await signCheckpoint(runtime.ledger, runtime.keys);
      return proveEntry(runtime.ledger, seq);
    },
  }),
  route({
    id: "signCheckpoint",
    method: "post",
    path: "/v1/ledger/checkpoint",
    tag: "ledger",
    summary: "Sign all that the ledger holds now.",
    role: "operator",
    body: z.strictObject({}),
    answer: { status: 200, text: "The checkpoint.", schema: Checkpoint },
    handle: async ({ station: { runtime } }) => ({
      checkpoint: (await signCheckpoint(runtime.ledger, runtime.keys)) ?? null,
    }),
  }),
  route({
    id: "verifyLedger",
    method: "post",
    path: "/v1/ledger/verify",
    tag: "ledger",
    summary: "Check the ledger as a whole; what is wrong is in the answer.",
    role: "operator",
    onlyLooks: true,
    body: z.strictObject({}),
    answer: { status: 200, text: "What was found.", schema: Verification },
    refusals: [429],
    handle: async ({ station: { runtime } }) => {
      const report = await verifyAside(runtime.ledger.path);
      const findings = report.findings.map(({ message, ...finding }) => ({
        ...finding,
        message: message.replaceAll(runtime.workspace, "the workspace"),
      }));
      return { ...report, findings };
    },
  }),
  rawRoute({
    id: "exportLedger",
    method: "get",
    path: "/v1/ledger/export",
    tag: "ledger",
    summary: "The whole ledger in a format for others.",
    role: "operator",
    query: z.strictObject({ format: z.enum(["jsonl", "ocsf", "csv"]).default("jsonl") }),
    answer: { status: 200, text: "The export.", contentType: "application/jsonl", alsoType: "text/csv" },
    handle: async ({ station: { runtime }, query: { format } }) => {
      await signCheckpoint(runtime.ledger, runtime.keys);
      return new Response(streamOf(await exporterOf(format, runtime.ledger)), {
        headers: {
          "content-type": CONTENT_TYPES[format],
          "content-disposition": `attachment; filename="ledger.${format === "ocsf" ? "jsonl" : format}"`,
        },
      });
    },
  }),
];

async function exporterOf(format: keyof typeof CONTENT_TYPES, ledger: LedgerFile): Promise<Iterable<string>> {
  switch (format) {
    case "jsonl":
      return (await import("../ledger/export-jsonl.ts")).exportJsonl(ledger);
    case "ocsf":
      return (await import("../ledger/export-ocsf.ts")).exportOcsf(ledger);
    case "csv":
      return (await import("../ledger/export-csv.ts")).exportCsv(ledger);
    default:
      return format satisfies never;
  }
}

const PIECES_IN_A_ROW = 200;

/** As fast as the reader takes it. */
function streamOf(pieces: Iterable<string>): ReadableStream<Uint8Array> {
  const left = pieces[Symbol.iterator]();
  const encoder = new TextEncoder();
  return new ReadableStream<Uint8Array>({
    pull(controller) {
      let text = "";
      for (let taken = 0; taken < PIECES_IN_A_ROW; taken++) {
        const { done, value } = left.next();
        if (done === true) {
          if (text !== "") controller.enqueue(encoder.encode(text));
          controller.close();
          return;
        }
        text += value;
      }
      controller.enqueue(encoder.encode(text));
    },
    cancel: () => void left.return?.(),
  });
}
