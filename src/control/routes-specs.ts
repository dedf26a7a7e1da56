import { z } from "zod";

import { type Risk, RISKS } from "../contract/capability.ts";
import { RuntimeError } from "../contract/errors.ts";

import {
  CapabilityList,
  CapabilityReport,
  OfferList,
  PrincipalList,
  Registration,
  WorkflowList,
  WorkflowText,
} from "../contract/rest/chain.ts";
import { graphOf } from "../operate/workflow-graph.ts";
import { loadWorkflow } from "../workflow/load-workflow.ts";
import { inputsOf } from "../workflow/offers.ts";
import { route, type Route } from "./route.ts";

/** A faulty file is still shown. */
function ifFaulty(error: unknown): null {
  if (error instanceof RuntimeError && error.code === "SPEC_INVALID") return null;
  throw error;
}

function highest(levels: readonly Risk[]): Risk {
  return RISKS[Math.max(0, ...levels.map((level) => RISKS.indexOf(level)))] ?? "LOW";
}

const Name = z.string().min(1).max(500);

/** What can be asked for, and who may decide. */
export const SPEC_ROUTES: readonly Route[] = [
  route({
    id: "listCapabilities",
    method: "get",
    path: "/v1/capabilities",
    tag: "capabilities",
    summary: "Every capability of this installation.",
    role: "viewer",
    answer: { status: 200, text: "The capabilities.", schema: CapabilityList },
    handle: ({ station: { runtime } }) => ({
      capabilities: runtime.registry.capabilities().map(({ spec }) => ({
        id: spec.id,
        version: spec.version,
        name: spec.name,
        risk: spec.risk.level,
        undo: spec.undo.kind,
        effects: spec.side_effects,
        description: spec.description.trim(),
      })),
    }),
  }),
  route({
    id: "getCapability",
    method: "get",
    path: "/v1/capabilities/{capability}",
    tag: "capabilities",
    summary: "A capability's contract.",
    role: "viewer",
    params: z.strictObject({ capability: Name }),
    answer: { status: 200, text: "The contract.", schema: CapabilityReport },
    refusals: [404],
    handle: ({ station: { runtime }, params: { capability } }) => {
      const { spec, specHash } = runtime.registry.capability(capability);
      return { ...spec, specHash };
    },
  }),
  route({
    id: "listWorkflowFiles",
    method: "get",
    path: "/v1/workflow-files",
    tag: "capabilities",
    summary: "Every workflow that can be asked for by its name.",
    role: "viewer",
    answer: { status: 200, text: "The workflows.", schema: WorkflowList },
    handle: ({ station: { runtime } }) => ({
      workflows: runtime.registry
        .workflows()
        .map(({ name, version, description }) => ({ name, version, description: description.trim() })),
    }),
  }),
  route({
    id: "getWorkflowFile",
    method: "get",
    path: "/v1/workflow-files/{workflow}",
    tag: "capabilities",
    summary: "A workflow's text.",
    role: "viewer",
    params: z.strictObject({ workflow: Name }),
    answer: { status: 200, text: "The workflow.", schema: WorkflowText },
    refusals: [404],
    handle: async ({ station: { runtime }, params: { workflow } }) => {
      const { name, version, description, text, file } = runtime.registry.workflow(workflow);
      const spec = await loadWorkflow(text, file, runtime.registry).then(({ spec: read }) => read, ifFaulty);
      const [inputs, steps] = spec === null ? [null, null] : [inputsOf(spec), graphOf(spec)];
      return { name, version, description, text, inputs, steps };
    },
  }),
  route({
    id: "listOffers",
    method: "get",
    path: "/v1/offers",
    tag: "capabilities",
    summary: "What whoever asks may run now: ACTIVE facades, and capabilities that ACTIVE packs offer.",
    role: "viewer",
    answer: { status: 200, text: "The offers, each with the schema of its inputs.", schema: OfferList },
    handle: async ({ station, caller }) => ({
      offers: (await station.panelFor(caller.principal).offers()).map(
        ({ name, kind, description, target, inputs, contracts, phrases }) => ({
          name,
          kind,
          description,
          target,
          inputs,
          risk: highest(contracts.map(({ risk }) => risk.level)),
          phrases,
        }),
      ),
    }),
  }),
  route({
    id: "listPrincipals",
    method: "get",
    path: "/v1/principals",
    tag: "principals",
    summary: "Who is registered, with which roles.",
    role: "viewer",
    answer: { status: 200, text: "The principals.", schema: PrincipalList },
    handle: ({ station: { chain } }) => ({ principals: [...chain.governance.state().principals.values()] }),
  }),
  route({
    id: "registerPrincipal",
    method: "put",
    path: "/v1/principals/{name}",
    tag: "principals",
    summary: "Give somebody roles, in place of those before.",
    role: "admin",
    params: z.strictObject({ name: z.string().min(1).max(200) }),
    body: Registration,
    answer: { status: 200, text: "The principals.", schema: PrincipalList },
    refusals: [409],
    handle: async ({ station: { chain }, caller, params: { name }, body: { person = name, roles } }) => {
      await chain.governance.register(caller.principal, { name, person, roles: [...new Set(roles)] });
      return { principals: [...chain.governance.state().principals.values()] };
    },
  }),
];
