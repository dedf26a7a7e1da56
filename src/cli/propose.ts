import { join, resolve } from "node:path";

import { digestOf } from "../contract/digest.ts";
import { RuntimeError } from "../contract/errors.ts";
import { combineRisks, type DerivedRisk, deriveRisk } from "../governance/derive-risk.ts";
import { heldOf, keyOf } from "../governance/state.ts";
import { examine, type Examined } from "../kernel/examine.ts";
import { visible } from "../kernel/consent.ts";
import { loadCapability } from "../kernel/load-capability.ts";
import { capabilityFilesOf, workflowFilesOf } from "../kernel/pack-files.ts";
import type { Registry } from "../kernel/registry.ts";
import { loadWorkflow } from "../workflow/load-workflow.ts";
import type { Home } from "./io.ts";
import { describeProposal, renderProposal } from "./render-proposal.ts";
import { requiredReason } from "./required-reason.ts";
import type { Action } from "./session.ts";

/** Records a proposal with all of its files. Nothing is installed, and nothing of it can run. */
export const propose: Action = async (session) => {
  const justification = requiredReason(session);
  const path = resolve(session.io.cwd, session.args[0] ?? "");
  await using home = await session.io.openHome(session.io.env);
  const examined = examine(home, path, session.text("key"));
  await checkWorkflows(home, examined, path);
  requireNews(home, examined);
  const { subject, source, held, content, hazards } = examined;
  const { risk, reasons } = combineRisks([...hazards.map(deriveRisk), ...declaredBy(examined)]);
  const { id } = await home.governance.propose(home.principal, {
    subject,
    source,
    risk,
    ...heldOf(held),
    content: { ...content, reasons, hazards },
    justification,
  });
  const document = describeProposal(home, id);
  session.emit(document, () => [
    `${session.style.colors.green("✓ proposed")}  ${visible(keyOf(subject))}  ${id}`,
    ...renderProposal(document, session.style.colors),
    "",
    `  review:   ${session.command("proposal", "show", id)}`,
    `  approve:  ${session.command("approve", id, "--reason", "…")}`,
  ]);
  return 0;
};

/** A workflow that cannot run is no use to anybody, and a reviewer should not have to find that out. */
async function checkWorkflows({ registry }: Home, { subject, content: { files } }: Examined, path: string) {
  if (subject.kind !== "pack") return;
  const own = new Map(
    capabilityFilesOf(files).map((file) => {
      const spec = loadCapability(files[file] ?? "", join(path, file));
      return [spec.id, spec] as const;
    }),
  );
  const here: Registry = {
    ...registry,
    capability: (reference) => {
      const spec = own.get(reference.replace(/@.*$/s, ""));
      if (spec === undefined) return registry.capability(reference);
      return { spec, specHash: "", handlerHash: "", handler: noHandler, hasHandler: false, origin: path };
    },
  };
  for (const file of workflowFilesOf(files)) await loadWorkflow(files[file] ?? "", join(path, file), here);
}

const noHandler = () => Promise.reject(new RuntimeError("CAPABILITY_UNKNOWN", "There is no code for it."));

function declaredBy({ declared, subject }: Examined): DerivedRisk[] {
  if (declared === undefined || declared === "LOW") return [];
  return [{ risk: declared, reasons: [`${declared}: the pack ${subject.name} declares it itself`] }];
}

/** The same thing twice would only wait twice. */
function requireNews({ governance, ledger }: Home, { subject, content }: Examined): void {
  const { governed, proposals } = governance.state();
  const present = governed.get(keyOf(subject));
  if (present !== undefined && present.proposal === undefined)
    throw new RuntimeError("ALREADY_EXISTS", `${keyOf(subject)} came with the package; choose another name.`);
  const isSame = (reference: string): boolean => {
    const { files } = ledger.object(reference) as Examined["content"];
    return digestOf(files) === digestOf(content.files);
  };
  const waiting = [...proposals.values()].find(
    (each) =>
      each.status === "PENDING_REVIEW" && keyOf(each.subject) === keyOf(subject) && isSame(each.content),
  );
  if (waiting !== undefined)
    throw new RuntimeError("ALREADY_EXISTS", `${waiting.id} proposes the same already.`);
}
