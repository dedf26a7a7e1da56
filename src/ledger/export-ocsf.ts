import { sha256 } from "../contract/digest.ts";
import type { Entry, EventOf } from "../contract/entry.ts";
import type { Failure } from "../contract/errors.ts";
import { canonicalJson } from "../contract/json.ts";
import type { Principal } from "../contract/principal.ts";
import type { Ledger } from "./ledger.ts";
import { originOf } from "./note.ts";
import { readPrincipals } from "./principals.ts";

// OCSF 1.9.0: https://schema.ocsf.io/1.9.0
const OCSF_VERSION = "1.9.0";
const API_ACTIVITY = 6003;
const DETECTION_FINDING = 2004;
const SUCCESS = 1;
const FAILURE = 2;
const OTHER_STATUS = 99;
const SEVERITY_INFORMATIONAL = 1;
const SEVERITY_HIGH = 4;
const OTHER_ACTIVITY = 99;
const CREATE_FINDING = 1;
const SHA256 = 3;
const HEX = 1;

/**
 * The ledger as OCSF events, one JSON line each: steps, decisions and approvals as API Activity, refused actions as Detection
 * Finding too. The lines are linked as the profile `record_integrity` says; sealed values stay sealed.
 */
export function* exportOcsf(ledger: Ledger): Generator<string> {
  const chain = originOf(ledger.id);
  let previous: { uid: string; fingerprint: unknown } | undefined;
  for (const event of toEvents(ledger)) {
    const uid = event.metadata.uid;
    const place = { uid, authority_uid: chain, chain_uid: chain, ...(previous && { prev_event: previous }) };
    const value = sha256(canonicalJson({ ...event, attestation_list: [place] }));
    const fingerprint = { algorithm_id: SHA256, algorithm: "SHA-256", encoding_id: HEX, value };
    yield `${canonicalJson({ ...event, attestation_list: [{ ...place, fingerprint }] })}\n`;
    previous = { uid, fingerprint };
  }
}

type OcsfEvent = { readonly metadata: { readonly uid: string }; readonly [attribute: string]: unknown };

function* toEvents(ledger: Ledger): Generator<OcsfEvent> {
  // Only of steps that have not ended yet.
  const intents = new Map<string, Entry<EventOf<"step-intended">>>();
  const principals = readPrincipals(ledger);
  const source = (entry: StepEntry): Source => ({
    ledger: ledger.id,
    entry,
    principal: principals.get(entry.by) ?? UNKNOWN,
  });
  for (const entry of ledger.entries({ sealed: true, types: TYPES })) {
    if (!("step" in entry)) continue;
    const key = JSON.stringify([entry.run, entry.step]);
    if (entry.type === "step-intended") intents.set(key, entry);
    const intent = intents.get(key);
    if (entry.type === "step-completed" || entry.type === "step-failed") {
      intents.delete(key);
      yield stepEvent(source(entry), entry, intent);
      if (entry.type === "step-failed" && isRefusal(entry.data.failure))
        yield findingEvent(source(entry), entry, intent);
    }
    if (entry.type === "step-withheld") yield withheldEvent(source(entry), entry);
    if (entry.type === "approval-decided") yield approvalEvent(source(entry), entry);
  }
}

const TYPES = [
  "object-recorded",
  "step-intended",
  "step-withheld",
  "step-completed",
  "step-failed",
  "approval-decided",
] as const;

type StepEntry = Entry & { readonly run: string; readonly step: string };
type Source = { readonly ledger: string; readonly entry: StepEntry; readonly principal: Principal };

const UNKNOWN: Principal = { human: "", agent: "", session: "", service: "", scopes: [] };

function isRefusal({ category }: Failure): boolean {
  return category === "PERMISSION_DENIED" || category === "CONSTITUTION_VIOLATION";
}

type Ended = Entry<EventOf<"step-completed"> | EventOf<"step-failed">>;

function stepEvent(
  source: Source,
  entry: Ended,
  intent: Entry<EventOf<"step-intended">> | undefined,
): OcsfEvent {
  const failure = entry.type === "step-failed" ? entry.data.failure : undefined;
  return {
    ...activity(source, intent?.data.capability ?? "unknown"),
    api: {
      operation: intent?.data.capability ?? "unknown",
      version: intent?.data.version,
      request: {
        uid: intent?.data.idempotencyKey ?? `${entry.run}/${entry.step}`,
        data: intent?.data.inputs,
      },
      response:
        entry.type === "step-failed"
          ? { error: entry.data.failure.code, error_message: messageOf(entry.data.failure), message: "" }
          : { data: entry.data.outputs },
    },
    status_id: failure === undefined ? SUCCESS : FAILURE,
    status: failure === undefined ? "Success" : "Failure",
    status_code: failure?.code,
    status_detail: failure === undefined ? undefined : messageOf(failure),
    start_time: intent === undefined ? undefined : Date.parse(intent.at),
    end_time: Date.parse(entry.at),
    duration: Math.round(entry.data.durationMs),
  };
}

const WITHHELD = { step_up: "Step-up", defer: "Deferred", deny: "Denied" } as const;

/** A denial is a failure; what waits for somebody is neither that nor a success. */
function withheldEvent(source: Source, { data, run, step }: Entry<EventOf<"step-withheld">>): OcsfEvent {
  const isDenied = data.outcome === "deny";
  return {
    ...activity(source, data.capability),
    api: {
      operation: data.capability,
      version: data.version,
      request: { uid: data.request ?? `${run}/${step}`, data: data.inputs },
    },
    status_id: isDenied ? FAILURE : OTHER_STATUS,
    status: WITHHELD[data.outcome],
    status_code: data.rules.join(","),
    status_detail: textOf(data.reason),
  };
}

function approvalEvent(source: Source, entry: Entry<EventOf<"approval-decided">>): OcsfEvent {
  const isApproved = entry.data.decision === "approved";
  return {
    ...activity(source, `approval ${entry.data.decision}`),
    api: { operation: "decide-approval", request: { uid: entry.data.approval } },
    status_id: isApproved ? SUCCESS : FAILURE,
    status: isApproved ? "Success" : "Failure",
    status_detail: textOf(entry.data.reason),
  };
}

function findingEvent(
  source: Source,
  entry: Entry<EventOf<"step-failed">>,
  intent: Entry<EventOf<"step-intended">> | undefined,
): OcsfEvent {
  return {
    category_uid: 2,
    category_name: "Findings",
    class_uid: DETECTION_FINDING,
    class_name: "Detection Finding",
    activity_id: CREATE_FINDING,
    activity_name: "Create",
    type_uid: DETECTION_FINDING * 100 + CREATE_FINDING,
    ...common(source, "finding"),
    severity_id: SEVERITY_HIGH,
    severity: "High",
    status_id: 1,
    status: "New",
    is_alert: true,
    finding_info: {
      uid: `${source.ledger}/${entry.seq}`,
      title: `${entry.data.failure.code}: ${intent?.data.capability ?? entry.step}`,
      desc: messageOf(entry.data.failure),
      created_time: Date.parse(entry.at),
      types: [entry.data.failure.category],
    },
  };
}

function activity(source: Source, name: string): OcsfEvent {
  const { entry, principal } = source;
  return {
    category_uid: 6,
    category_name: "Application Activity",
    class_uid: API_ACTIVITY,
    class_name: "API Activity",
    activity_id: OTHER_ACTIVITY,
    activity_name: name,
    type_uid: API_ACTIVITY * 100 + OTHER_ACTIVITY,
    ...common(source, "activity"),
    severity_id: SEVERITY_INFORMATIONAL,
    severity: "Informational",
    actor: {
      user: { name: principal.human || principal.service, uid: entry.by },
      session: { uid: principal.session || entry.by },
      app_name: principal.agent || principal.service,
    },
    src_endpoint: { svc_name: principal.service || "unknown" },
  };
}

function common({ ledger, entry }: Source, kind: string) {
  return {
    time: Date.parse(entry.at),
    metadata: {
      version: OCSF_VERSION,
      uid: `${ledger}/${entry.seq}/${kind}`,
      sequence: entry.seq,
      log_name: originOf(ledger),
      profiles: ["record_integrity"],
      product: { name: "AI-First Runtime", vendor_name: "AI-First Runtime" },
    },
    unmapped: { run: entry.run, step: entry.step, entry: entry.seq },
  };
}

function messageOf(failure: Failure): string {
  return textOf(failure.message);
}

// A sealed text is an object that names its commitment.
function textOf(value: unknown): string {
  return typeof value === "string" ? value : canonicalJson(value);
}
