import { resolve } from "node:path";

import { quoted } from "../contract/visible.ts";
import { deriveOlder } from "../foreign/derive-older.ts";
import { legalPart } from "../foreign/legal-id.ts";
import { loadProposal } from "../kernel/load-capability.ts";
import { proposeImport } from "./import-pack.ts";
import { requiredReason } from "./required-reason.ts";
import type { Action } from "./session.ts";

/** Reads an external capability of the older system, and proposes a pack of it. */
export const importProposal: Action = async (session) => {
  const reason = requiredReason(session);
  const path = resolve(session.io.cwd, session.args[0] ?? "");
  await using home = await session.io.openHome(session.io.env);
  const spec = loadProposal(path);
  const { id, version } = spec.meta;
  const found = { name: legalPart(id), version, from: `the proposal ${quoted(session.args[0] ?? "", 200)}` };
  return await proposeImport(session, home, { ...found, tools: [deriveOlder(spec)], refused: [] }, reason);
};
