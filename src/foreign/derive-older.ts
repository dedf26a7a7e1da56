import { RuntimeError } from "../contract/errors.ts";
import type { HeaderSecret } from "../contract/foreign.ts";
import type { ProposalSpec } from "../contract/pack.ts";
import { quoted } from "../contract/visible.ts";
import type { DerivedTool } from "./derived.ts";
import { hostOf, riskOf } from "./derived-risk.ts";
import { secretName } from "./derive-secret.ts";

const METHODS = ["GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE"] as const;
// The runtime sets these, or the broker does.
const OWN_HEADERS = /^(?:authorization|cookie|host|content-length|connection|accept|content-type)$/i;

/**
 * The contract of an external capability as the older system proposed it: it says where it is, and not what it takes.
 * So it takes one field, `body` or for a GET `query`, and gives back what comes.
 *
 * @throws SPEC_INVALID for one that has no address to call
 */
export function deriveOlder({ meta, adapter: { type, config }, proposal }: ProposalSpec): DerivedTool {
  const { endpoint_url: url } = config;
  if (url === undefined || !/^https?:/.test(url))
    throw new RuntimeError(
      "SPEC_INVALID",
      `${meta.id} (${type}) names no endpoint_url of http or https, so there is nothing to call.`,
    );
  if (/[{}?#]/.test(url))
    throw new RuntimeError("SPEC_INVALID", `The endpoint_url of ${meta.id} is no plain address.`);
  const asked = (config.method ?? "POST").toUpperCase();
  const method = METHODS.find((each) => each === asked);
  if (method === undefined)
    throw new RuntimeError("SPEC_INVALID", `${meta.id}: the method ${quoted(asked, 20)} cannot be called.`);
  const isRead = method === "GET" || method === "HEAD" || method === "OPTIONS";
  const host = hostOf(url);
  const notes = [
    isRead
      ? `${method} reads from ${host}: nothing to undo`
      : `${method} changes something at ${host}, and nothing here can take it back`,
    isRead
      ? "it does not say what it takes: any query is sent"
      : "it does not say what it takes: any JSON is sent",
    ...(url.startsWith("http:") ? ["the address is not encrypted"] : []),
  ];
  const secret = secretOf(config);
  if (secret !== undefined) notes.push(`gets the secret ${secret.name} in the header ${secret.header}`);
  const headers = Object.entries(config.headers ?? {}).filter(([name]) => !OWN_HEADERS.test(name));
  const input = isRead ? "query" : "body";
  return {
    name: `${method} ${quoted(url, 200)}`,
    notes,
    claims: [...proposal.governance_requirements, ...proposal.integration_rules].map((each) =>
      quoted(each, 200),
    ),
    spec: {
      id: meta.id,
      version: meta.version,
      name: meta.id,
      description: quoted(meta.description, 1000),
      operation: "NETWORK",
      risk: riskOf(isRead ? "MEDIUM" : "CRITICAL", notes[0] ?? ""),
      side_effects: [isRead ? "network_read" : "network_write"],
      undo: { kind: isRead ? "none" : "irreversible" },
      data_classes: ["untrusted"],
      idempotent: isRead,
      timeout_seconds: config.timeout ?? 30,
      network: { hosts: [host] },
      foreign: {
        kind: "http",
        method,
        url,
        headers: Object.fromEntries(headers),
        parameters: isRead ? [{ input, name: "query", in: "query", style: "form", explode: true }] : [],
        ...(isRead ? {} : { body: { input, media_type: "application/json" } }),
        ...(secret === undefined ? {} : { secret }),
      },
      inputs: { type: "object", properties: { [input]: isRead ? { type: "object" } : {} } },
      outputs: {
        type: "object",
        properties: {
          status: { type: "integer" },
          media_type: { type: "string" },
          encoding: { type: "string" },
          body: {},
        },
        required: ["status", "media_type", "encoding", "body"],
      },
    },
  };
}

function secretOf({ auth_type, auth_config }: ProposalSpec["adapter"]["config"]): HeaderSecret | undefined {
  if (auth_type === "none") return undefined;
  const name = secretName(auth_config?.token_env ?? "TOKEN");
  if (auth_type === "api_key") return { name, header: "x-api-key", scheme: "raw" };
  return { name, header: "authorization", scheme: auth_type };
}
