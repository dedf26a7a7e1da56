import { type CapabilitySpec, RISKS } from "../../contract/capability.ts";
import type { DecisionRequest } from "../../contract/decide.ts";
import type { Principal } from "../../contract/principal.ts";
import { partsOf } from "./referred-paths.ts";

type Attributes = Readonly<Record<string, boolean | number | string | readonly string[]>>;
type Entity = {
  readonly uid: { readonly type: string; readonly id: string };
  readonly attrs: Record<string, boolean | number | string | string[]>;
};

/** A request as Cedar takes it; its shape is `assets/policies/schema.cedarschema`. */
export type PolicyRequest = {
  readonly principal: Entity;
  readonly action: "run" | "compensate";
  readonly resource: Entity;
  readonly context: Record<string, boolean | number | string | string[]>;
};

/** Everything that is known about one call beside its contract. */
export type CallContext = {
  readonly mode: string;
  readonly panic: boolean;
  readonly workspace: string;
  readonly paths: readonly string[];
  readonly hosts: readonly string[];
  readonly protected: readonly string[];
  readonly labels: readonly string[];
  readonly session_labels: readonly string[];
  readonly conflicts: readonly string[];
  readonly session_actions: readonly string[];
  readonly actions: number;
  readonly over_budget: readonly string[];
};

/** A request without the answer of a human, by path: what the policies look at, and what a receipt keeps. */
export type RequestValues = Readonly<Record<string, boolean | number | string | readonly string[]>>;

export function valuesOf(
  request: Pick<DecisionRequest, "capability" | "principal" | "role">,
  roles: readonly string[],
  context: CallContext,
): RequestValues {
  return joined(partsOfRequest(request, roles, context));
}

/** The same in parts; one of a principal or of a contract is the same object from call to call. */
export type RequestParts = {
  readonly principal: RequestValues;
  readonly resource: RequestValues;
  readonly call: RequestValues;
};

export function partsOfRequest(
  { capability, principal, role }: Pick<DecisionRequest, "capability" | "principal" | "role">,
  roles: readonly string[],
  context: CallContext,
): RequestParts {
  return {
    principal: principalValues(principal, roles),
    resource: resourceValues(capability),
    call: {
      action: role === "step" ? "run" : "compensate",
      "context.mode": context.mode,
      "context.panic": context.panic,
      "context.workspace": context.workspace,
      "context.paths": context.paths,
      "context.hosts": context.hosts,
      "context.protected": context.protected,
      "context.labels": context.labels,
      "context.session_labels": context.session_labels,
      "context.conflicts": context.conflicts,
      "context.session_actions": context.session_actions,
      "context.actions": context.actions,
      "context.over_budget": context.over_budget,
    } satisfies Record<"action" | `context.${keyof CallContext}`, unknown>,
  };
}

export function joined({ principal, resource, call }: RequestParts): RequestValues {
  return { ...principal, ...resource, ...call };
}

const principals = new WeakMap<
  Principal,
  { readonly roles: readonly string[]; readonly values: RequestValues }
>();
const resources = new WeakMap<CapabilitySpec, RequestValues>();

/** The same for every call of a principal, until its roles are changed. */
function principalValues(principal: Principal, roles: readonly string[]): RequestValues {
  const known = principals.get(principal);
  if (known?.roles === roles) return known.values;
  const values = {
    principal: principal.agent === "" ? principal.human : principal.agent,
    ...prefixed("principal", principalAttributes(principal, roles)),
  };
  principals.set(principal, { roles, values });
  return values;
}

/** The same for every call of a contract. */
function resourceValues(spec: CapabilitySpec): RequestValues {
  const known = resources.get(spec);
  if (known !== undefined) return known;
  const values = { resource: spec.id, ...prefixed("resource", capabilityAttributes(spec)) };
  resources.set(spec, values);
  return values;
}

/** The values at these paths alone; `context.*` stands for all of it, `context.paths["a"]` for what it has of these. */
export function project(values: RequestValues, paths: readonly string[]): RequestValues {
  const kept: Record<string, RequestValues[string]> = {};
  for (const path of paths) {
    if (path.endsWith(".*")) {
      Object.assign(kept, allOf(values, path.slice(0, -2)));
      continue;
    }
    const value = valueAt(values, partsOf(path));
    if (value !== undefined) kept[path] = value;
  }
  return kept;
}

/** What a path shows of a request. */
export type Look = (values: RequestValues) => RequestValues | RequestValues[string] | undefined;

export function lookAt(path: string): Look {
  if (path.endsWith(".*")) return (values) => allOf(values, path.slice(0, -2));
  const parts = partsOf(path);
  return (values) => valueAt(values, parts);
}

function allOf(values: RequestValues, variable: string): RequestValues {
  return Object.fromEntries(
    Object.entries(values).filter(([name]) => name === variable || name.startsWith(`${variable}.`)),
  );
}

/** The value at one path, of a set with named members only what it has of these. */
function valueAt(
  values: RequestValues,
  { attribute, members }: ReturnType<typeof partsOf>,
): RequestValues[string] | undefined {
  const value = values[attribute];
  if (members === undefined || typeof value !== "object" || value.length === 0) return value;
  return value.filter((each) => members.has(each));
}

export function requestOf(values: RequestValues, isConfirmed: boolean): PolicyRequest {
  return {
    principal: {
      uid: { type: "Principal", id: String(values["principal"]) },
      attrs: below("principal", values),
    },
    action: values["action"] === "run" ? "run" : "compensate",
    resource: {
      uid: { type: "Capability", id: String(values["resource"]) },
      attrs: below("resource", values),
    },
    context: { ...below("context", values), confirmed: isConfirmed },
  };
}

function principalAttributes(
  { human, agent, session, service, scopes }: Principal,
  roles: readonly string[],
): Attributes {
  return { human, agent, session, service, scopes: sorted(scopes), roles: sorted(roles) };
}

function capabilityAttributes(spec: CapabilitySpec): Attributes {
  return {
    id: spec.id,
    version: spec.version,
    operation: spec.operation,
    risk: spec.risk.level,
    risk_level: RISKS.indexOf(spec.risk.level) + 1,
    undo: spec.undo.kind,
    effects: sorted(spec.side_effects),
    hosts: sorted(spec.network?.hosts ?? []),
    requires_approval: spec.risk.requires_approval,
    idempotent: spec.idempotent,
  };
}

function prefixed(variable: string, attributes: Attributes): RequestValues {
  const values: Record<string, RequestValues[string]> = {};
  for (const [name, value] of Object.entries(attributes)) values[`${variable}.${name}`] = value;
  return values;
}

function below(
  variable: string,
  values: RequestValues,
): Record<string, boolean | number | string | string[]> {
  return Object.fromEntries(
    Object.entries(values)
      .filter(([path]) => path.startsWith(`${variable}.`))
      .map(([path, value]) => [
        path.slice(variable.length + 1),
        typeof value === "object" ? [...value] : value,
      ]),
  );
}

/** Sets have no order; without one, equal sets are equal texts. */
export function sorted(items: Iterable<string>): readonly string[] {
  if (Array.isArray(items) && items.length < 2) return items as readonly string[];
  return [...new Set(items)].sort();
}
