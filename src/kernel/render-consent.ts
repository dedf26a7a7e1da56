import type { ApprovalTerms, Requirement } from "../contract/approval.ts";
import type { CapabilitySpec } from "../contract/capability.ts";
import { digestOf } from "../contract/digest.ts";
import { canonicalJson } from "../contract/json.ts";
import type { PlannedChange } from "../contract/planned-change.ts";
import type { Principal } from "../contract/principal.ts";
import { foldLines, shorten, visible } from "./consent.ts";
import type { Foreseen } from "./foresee.ts";
import { hideSecrets } from "./hide-secrets.ts";
import { suspicionsIn } from "./suspicious-names.ts";

type Inputs = Readonly<Record<string, unknown>>;

export type ConsentFacts = {
  readonly spec: CapabilitySpec;
  readonly inputs: Inputs;
  readonly principal: Principal;
  readonly run: string;
  readonly step: string;
  /** Of the run, below the workspace; empty for the workspace itself. */
  readonly directory: string;
  readonly rules: readonly string[];
  readonly reason: string;
  readonly terms: ApprovalTerms;
  readonly foreseen: Foreseen | null;
  readonly batch?: Requirement["batch"];
};

export type Consent = { readonly text: string; readonly full?: string };

/** How much is shown of one thing. */
type Measure = { readonly characters: number; readonly lines: number; readonly changes: number };

const SHORT: Measure = { characters: 400, lines: 60, changes: 20 };
const FULL: Measure = { characters: 1_000_000, lines: 20_000, changes: 1000 };
const SYMBOLS = {
  create: "+",
  change: "~",
  delete: "-",
  "make-dir": "+",
  request: "→",
  "start-process": "»",
} as const;

/**
 * What an approver reads: rendered by the runtime from the contract, the canonical inputs and what they would do,
 * never by who asks. Nothing in it is invisible, moves the cursor, or forges a line of the runtime's; what is cut says
 * so, and is there in full.
 */
export function renderConsent(facts: ConsentFacts): Consent {
  const text = render(facts, SHORT);
  const full = render(facts, FULL);
  return text === full ? { text } : { text, full };
}

/** The same for a question of a workflow: its message, and the values that belong to it. */
export function renderQuestion(message: string, values: Inputs): Consent {
  const lines = (measure: Measure) =>
    [
      cut(visible(message), message, measure),
      ...showValues(values, measure),
      ...showSuspicions([message, ...stringsIn(values)]),
    ].join("\n");
  const [text, full] = [lines(SHORT), lines(FULL)];
  return text === full ? { text } : { text, full };
}

function render(facts: ConsentFacts, measure: Measure): string {
  const { spec, foreseen } = facts;
  const inputs = hideSecrets(spec, facts.inputs);
  const description = spec.description.trim();
  return [
    `${spec.id} ${spec.version}: ${cut(visible(description), description, measure)}`,
    `Risk ${spec.risk.level}; effects: ${spec.side_effects.join(", ")}; undo: ${spec.undo.kind}.`,
    ...(spec.network === undefined ? [] : [`Hosts: ${spec.network.hosts.map(visible).join(", ")}.`]),
    ...(spec.process === undefined ? [] : [`Programs: ${spec.process.commands.map(visible).join(", ")}.`]),
    describeAsker(facts),
    `Asked because ${cut(visible(facts.reason), facts.reason, measure)} (${facts.rules.map(visible).join(", ")}).`,
    ...describeTerms(facts.terms),
    ...(facts.batch === undefined ? [] : [describeBatch(facts.batch)]),
    "With:",
    ...showValues(inputs, measure),
    ...(foreseen === null ? [] : describeForeseen(foreseen, measure)),
    ...showSuspicions([
      ...stringsIn(inputs),
      ...Object.values(facts.principal).flatMap((part) => part),
      ...(foreseen?.changes.map(({ target }) => target) ?? []),
    ]),
  ].join("\n");
}

function describeAsker({ principal, run, step, directory }: ConsentFacts): string {
  const { human, agent, session, service } = principal;
  const by =
    agent === "" ? "asked for by that person" : `asked for by the agent "${visible(agent)}", no person`;
  const where = directory === "" ? "" : `, in "${visible(directory)}"`;
  return `For ${visible(human) || "nobody"}, ${by}, session "${visible(session)}" (${visible(service)}); step "${visible(step)}" of run ${run}${where}.`;
}

function describeTerms({ risk, own, roles, quorum }: ApprovalTerms): string[] {
  const who = roles.map((anyOf) => anyOf.map(visible).join(" or ")).join(", and ");
  const others = `whoever has the role ${who}`;
  const may = own ? `May be confirmed by whom it runs for, or ${others}.` : `May be confirmed by ${others}.`;
  if (quorum > 1) return [may, `It takes ${quorum} different persons.`];
  if (risk !== "CRITICAL") return [may];
  return [
    may,
    "It is CRITICAL, and nobody else in this installation could confirm it too: one yes is enough.",
  ];
}

function describeBatch({ field, seconds }: NonNullable<Requirement["batch"]>): string {
  const same = field === "" ? "the same call" : `the same call with any "${visible(field)}"`;
  return `A yes also covers ${same} in this run for ${seconds} s.`;
}

function showValues(values: Inputs, measure: Measure): string[] {
  return Object.keys(values)
    .sort()
    .map((name) => {
      const text = visible(canonicalJson(values[name]));
      return `  ${cut(visible(name), name, measure)} = ${cut(text, values[name], measure)}`;
    });
}

function cut(text: string, value: unknown, { characters }: Measure): string {
  return shorten(text, characters, (length) => `${length} characters, sha256 ${digestOf(value)}`);
}

function describeForeseen({ changes, isAll, isVague, failure }: Foreseen, measure: Measure): string[] {
  if (failure !== null) return [`As things are it would fail: ${cut(visible(failure), failure, measure)}`];
  if (changes.length === 0) return ["As things are it would change nothing."];
  const shown = changes.slice(0, measure.changes);
  const more = changes.length - shown.length;
  return [
    "It would change:",
    ...shown.flatMap((change) => showChange(change, measure)),
    ...(more > 0 ? [`  … ${more} more paths`] : []),
    ...(isAll ? [] : ["  … and more paths than can be listed"]),
    ...(isVague
      ? ["What it writes is not the same each time; the answer holds for what lies there now."]
      : []),
  ];
}

function showChange({ kind, target, diff, bytes }: PlannedChange, measure: Measure): string[] {
  const sizes = bytes === null ? "" : ` (${bytes.before ?? 0} → ${bytes.after ?? 0} bytes)`;
  const head = `  ${SYMBOLS[kind]} ${kind} ${cut(visible(target), target, measure)}${sizes}`;
  if (diff === null) return bytes === null ? [head] : [`${head}, content not shown`];
  const [, , ...lines] = diff.trimEnd().split("\n");
  const shown = lines.map((line) => cut(visible(line), line, measure));
  return [head, ...foldLines(shown, measure.lines).map((line) => `    ${line}`)];
}

function showSuspicions(texts: readonly string[]): string[] {
  return [...new Set(texts.flatMap(suspicionsIn))].slice(0, 10).map((each) => `! Beware: ${each}.`);
}

/** Names and values that are short enough to be read as names. */
function stringsIn(values: Inputs): string[] {
  const found: string[] = [];
  const visit = (value: unknown, depth: number): void => {
    if (typeof value === "string") found.push(value);
    else if (typeof value === "object" && value !== null && depth < 8)
      for (const [name, inner] of Object.entries(value)) {
        if (!Array.isArray(value)) found.push(name);
        visit(inner, depth + 1);
      }
  };
  visit(values, 0);
  return found.slice(0, 200);
}
