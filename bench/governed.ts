import type { HookAnswer, HookRequest } from "../src/contract/hooks.ts";
import { openHome } from "../src/installation.ts";
import { INSTALLATION } from "../src/governance/shipped.ts";
import type { Engine } from "./engine.ts";
import { openOurs } from "./ours.ts";

/** Beside the package's own 12: what an installation would add, each of which looks at something else of a call. */
const ADDED: Readonly<Record<string, string>> = {
  "site.scratch": `forbid (principal, action, resource) when { context.paths.contains("do-not-touch.txt") };`,
  "site.hosts": `forbid (principal, action, resource) when { context.hosts.contains("internal.example") };`,
  "site.agents": `forbid (principal, action, resource) when { principal.agent == "untrusted" && resource.risk_level >= 2 };`,
  "site.programs": `forbid (principal, action, resource) when { resource.id == "sys.exec.run" } unless { context.confirmed };`,
  "site.deletes": `forbid (principal, action, resource) when { resource.effects.contains("filesystem_delete") && principal.agent != "" } unless { context.confirmed };`,
  "site.public": `forbid (principal, action == Action::"run", resource) when { context.session_labels.contains("public") && resource.risk == "HIGH" };`,
  "site.service": `forbid (principal, action, resource) when { principal.service == "unknown" };`,
  "site.operators": `permit (principal, action, resource) when { principal.roles.contains("operator") };`,
};
const RULES = 20;

/** A constitution of 20 rules and hooks in this process, which are asked before and after each run and step. */
export function openGoverned(): Engine {
  return openOurs({ hooks: govern }, addRules);
}

/** What is left without a constitution and hooks; specs, packs and the ledger are as ever. */
export function openUngoverned(): Engine {
  return openOurs({ decide: () => ({ outcome: "allow", rules: ["bench.allow"] }) });
}

/** Looks at what governors look at: what is to be done, to which path, at which risk. */
function govern(request: HookRequest): HookAnswer {
  const refused = request.event === "pre_step" && isRefused(request.step);
  const decision = refused ? "DENY" : "ALLOW";
  return { decision, reason: refused ? "not here" : "", violation: null, failed: null };
}

function isRefused({
  capability,
  inputs,
  risk,
}: Extract<HookRequest, { event: "pre_step" }>["step"]): boolean {
  return risk.level === "CRITICAL" || (capability === "io.fs.delete_tree" && inputs["path"] === ".");
}

async function addRules(env: NodeJS.ProcessEnv): Promise<void> {
  await using home = await openHome(env);
  const { set } = home.policies.inForce();
  const added = Object.entries(ADDED).map(([id, text]) => [id, `@id("${id}")\n${text}`]);
  const policies = { ...set.policies, ...Object.fromEntries(added) };
  if (Object.keys(policies).length !== RULES)
    throw new Error(`The constitution has ${Object.keys(policies).length} rules and not ${RULES}.`);
  const policySet = home.ledger.record(INSTALLATION, "policy", { ...set, name: "bench", policies });
  await home.ledger.append(INSTALLATION, {
    type: "policy-changed",
    data: { policySet, reason: "It is measured." },
  });
}
