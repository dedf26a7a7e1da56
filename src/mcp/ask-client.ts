import {
  type ElicitRequestFormParams,
  inputRequired,
  inputResponse,
  type InputRequests,
} from "@modelcontextprotocol/server";

import type { ApprovalView } from "../contract/approval.ts";
import { RuntimeError } from "../contract/errors.ts";
import type { Principal } from "../contract/principal.ts";
import { answerApproval, type Verdict } from "../workflow/approvals.ts";
import type { Abilities } from "./client-abilities.ts";
import type { Desk } from "./desk.ts";
import { asPerson } from "./guest.ts";
import { pageOf } from "./present-run.ts";

const FORM: ElicitRequestFormParams["requestedSchema"] = {
  type: "object",
  properties: {
    confirm: { type: "boolean", title: "Allow it", description: "As it is described above, once." },
    reason: { type: "string", title: "Why", description: "It is kept with the answer.", maxLength: 500 },
  },
  required: ["confirm"],
};

/**
 * What a run waits for, as questions that the client puts to its person, each under the id of its approval: a form for
 * what they may confirm themselves, a page of the console for what takes somebody's role.
 */
export function questionsFor(
  { station, consoleUrl }: Pick<Desk, "station" | "consoleUrl">,
  caller: Principal,
  run: string,
  { form, url }: Abilities,
): InputRequests {
  const base = consoleUrl();
  const questions = station.runtime.approvals(run).flatMap((approval) => {
    const { id, text: message } = approval;
    if (isOwn(approval, caller))
      return form ? [[id, inputRequired.elicit({ message, requestedSchema: FORM })] as const] : [];
    return url && base !== undefined
      ? [[id, inputRequired.elicitUrl({ message, url: pageOf(base, id) })] as const]
      : [];
  });
  return Object.fromEntries(questions);
}

/**
 * Takes what a client says that its person answered. A yes counts for what they may confirm themselves alone, and
 * anything but a plain yes is a no: declined, dismissed, malformed. That a page was opened answers nothing; the
 * approvals of such pages are returned.
 *
 * @throws DENIED, PANIC
 */
export async function takeAnswers(
  { station }: Pick<Desk, "station">,
  caller: Principal,
  run: string,
  responses: Readonly<Record<string, unknown>>,
): Promise<readonly string[]> {
  const control = station.controlFor(asPerson(caller));
  const opened: string[] = [];
  for (const approval of station.runtime.approvals(run)) {
    if (!Object.hasOwn(responses, approval.id)) continue;
    const verdict = verdictOf(approval, caller, responses);
    if (verdict === undefined) {
      opened.push(approval.id);
      continue;
    }
    try {
      const { settled } = await answerApproval(control, approval.id, verdict);
      settled.catch(() => {}); // Whoever waits for the run is told.
    } catch (error) {
      // Somebody else answered at the same moment, or nobody did in time.
      if (!(error instanceof RuntimeError) || error.code !== "STATE_CONFLICT") throw error;
    }
  }
  return opened;
}

function verdictOf(
  approval: ApprovalView,
  caller: Principal,
  responses: Readonly<Record<string, unknown>>,
): Verdict | undefined {
  const response = inputResponse(responses, approval.id);
  if (response.kind !== "elicit") return no("the client's answer is none");
  if (response.action !== "accept")
    return no(response.action === "decline" ? "declined in the client" : "dismissed in the client");
  if (!isOwn(approval, caller)) return undefined;
  const { confirm, reason } = response.content ?? {};
  const why = typeof reason === "string" && reason.trim() !== "" ? reason.trim().slice(0, 500) : undefined;
  if (confirm === true) return { decision: "approved", reason: why ?? "confirmed in the client" };
  return no(why ?? "not confirmed in the client");
}

function no(reason: string): Verdict {
  return { decision: "rejected", reason };
}

/** Whether the person in whose name it runs may answer without any role, and alone. */
function isOwn({ terms, approvers, requestedBy }: ApprovalView, { human }: Principal): boolean {
  if (human === "" || requestedBy.human !== human || !terms.own || terms.quorum > 1) return false;
  return approvers.length === 0 || approvers.includes(human);
}
