import { join } from "node:path";

import { digestOf } from "../contract/digest.ts";
import { RuntimeError } from "../contract/errors.ts";
import type { Principal } from "../contract/principal.ts";
import { combineRisks, type DerivedRisk, deriveRisk } from "../governance/derive-risk.ts";
import { heldOf, keyOf, type Proposal } from "../governance/state.ts";
import { examine, type Examined } from "../kernel/examine.ts";
import { loadCapability } from "../kernel/load-capability.ts";
import { capabilityFilesOf, workflowFilesOf } from "../kernel/pack-files.ts";
import type { Registry } from "../kernel/registry.ts";
import { loadWorkflow } from "../workflow/load-workflow.ts";
import type { Chain } from "./station.ts";

/**
 * Records what lies at a path as a proposal, with all of its files. Nothing is installed, and nothing of it can run.
 * `key`: the verifier key that a pack must be signed with.
 *
 * @throws as `examine`; SPEC_INVALID for a workflow that cannot run; ALREADY_EXISTS
 */
export async function proposePath(
  chain: Pick<Chain, "governance" | "ledger" | "registry" | "installed">,
  by: Principal,
  path: string,
  justification: string,
  key?: string,
): Promise<Proposal> {
  return proposeExamined(chain, by, examine(chain, path, key), path, justification);
}

/** The same for what was examined already. `path`: what messages call it. @throws SPEC_INVALID, ALREADY_EXISTS */
export async function proposeExamined(
  chain: Pick<Chain, "governance" | "ledger" | "registry">,
  by: Principal,
  examined: Examined,
  path: string,
  justification: string,
): Promise<Proposal> {
  await checkWorkflows(chain, examined, path);
  requireNews(chain, examined);
  const { subject, source, held, content, hazards } = examined;
  const { risk, reasons } = combineRisks([...hazards.map(deriveRisk), ...declaredBy(examined)]);
  return chain.governance.propose(by, {
    subject,
    source,
    risk,
    ...heldOf(held),
    content: { ...content, reasons, hazards },
    justification,
  });
}

/** A workflow that cannot run is no use to anybody, and a reviewer should not have to find that out. */
async function checkWorkflows(
  { registry }: Pick<Chain, "registry">,
  { subject, content: { files } }: Examined,
  path: string,
) {
  if (subject.kind !== "pack") return;
  const own = new Map(
    capabilityFilesOf(files).map(([file, text]) => {
      const spec = loadCapability(text, join(path, file));
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
  for (const [file, text] of workflowFilesOf(files)) await loadWorkflow(text, join(path, file), here);
}

const noHandler = () => Promise.reject(new RuntimeError("CAPABILITY_UNKNOWN", "There is no code for it."));

function declaredBy({ declared, subject }: Examined): DerivedRisk[] {
  if (declared === undefined || declared === "LOW") return [];
  return [{ risk: declared, reasons: [`${declared}: the pack ${subject.name} declares it itself`] }];
}

/** The same thing twice would only wait twice. */
function requireNews(
  { governance, ledger }: Pick<Chain, "governance" | "ledger">,
  { subject, content }: Examined,
): void {
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
