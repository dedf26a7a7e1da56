import type { CapabilitySpec } from "../contract/capability.ts";
import type { Net } from "../contract/handler.ts";
import { homeOf, privateHostsOf } from "../kernel/home.ts";
import { openSecrets } from "../kernel/secret-store.ts";
import { createNet } from "../workspace/egress.ts";
import type { Session } from "./session.ts";

/** The egress guard for an import: what nobody approved yet is reached by a person's order, and by no other way. */
export function openImportNet({ io: { env } }: Session, spec: CapabilitySpec, signal: AbortSignal): Net {
  const allowPrivateHosts = privateHostsOf(env);
  const { value } = openSecrets(homeOf(env));
  return createNet({ spec, signal, allowPrivateHosts, intend: () => Promise.resolve(), secretFor: value });
}
