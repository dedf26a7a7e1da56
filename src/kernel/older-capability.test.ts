import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { stringify } from "yaml";

import { loadCapability } from "./load-capability.ts";
import { parseInputs } from "./validate.ts";
import { verifies } from "../../test/requirements.ts";

verifies("contract:older-shapes");

type Shape = Record<string, Record<string, unknown>>;

const LIBRARY: Shape = {
  meta: { id: "io.fs.save", version: "1.2.0", author: "me", description: "Saves a file." },
  contracts: {
    side_effects: ["filesystem_write"],
    requires_confirmation: true,
    idempotent: true,
    timeout_seconds: 5,
    max_bytes: 100,
  },
  behavior: { undo_strategy: "Restores the file.", cost_model: "low_io" },
  interface: {
    inputs: {
      path: { type: "string", description: "Where.", required: true },
      mode: { type: "string", required: false, default: "text", enum: ["text", "binary"] },
      token: { type: "string", required: false, default: null, sensitive: true },
      tags: { type: "list", required: false, default: [] },
      extra: { type: "any", required: false, default: 5 },
    },
    outputs: { size: { type: "integer", description: "Bytes." } },
  },
};

const GOVERNANCE: Shape & Record<string, unknown> = {
  id: "net.api.send",
  name: "Send",
  description: "Sends something.",
  operation_type: "WRITE",
  risk: { level: "CRITICAL", justification: "It cannot be taken back." },
  side_effects: { reversible: false, scope: "network", description: "Sends." },
  compensation: { supported: false, strategy: "none", capability_id: null },
  parameters: [{ name: "text", type: "str", required: true, default: null }],
  returns: { type: "object", properties: { id: { type: "string" } } },
  metadata: { version: "0.1.0", author: "me", tags: ["x"], deprecated: true },
  handler: "runtime.stdlib.send",
} as unknown as Shape & Record<string, unknown>;

function load(shape: Record<string, unknown>, changes: Record<string, object | string> = {}) {
  const changed = Object.fromEntries(
    Object.entries({ ...shape, ...changes }).map(([key]) => {
      const change = changes[key];
      const value = shape[key];
      return [
        key,
        typeof change === "object" && !Array.isArray(change) && typeof value === "object"
          ? { ...value, ...change }
          : (change ?? value),
      ];
    }),
  );
  return loadCapability(stringify(changed), "x.yaml");
}

test("the generated capability of the older governance model loads unchanged", () => {
  const file = join(import.meta.dirname, "../../test/fixtures/older/net.github.get_repo.yaml");
  expect(loadCapability(readFileSync(file, "utf8"), file)).toMatchObject({
    id: "net.github.get_repo",
    version: "1.0.0",
    operation: "NETWORK",
    risk: { level: "LOW", requires_approval: false },
    side_effects: ["network_read"],
    undo: { kind: "none" },
    network: { hosts: ["*"] },
    inputs: {
      type: "object",
      required: ["owner", "repo"],
      properties: { owner: { type: "string", description: "Owner parameter" } },
    },
    outputs: { type: "object", properties: { repository_info: { type: "string" } } },
    metadata: { author: "AutoForge", tags: ["github", "network", "network"] },
  });
});

test("a spec of the older standard library keeps everything that it says", () => {
  const spec = load(LIBRARY);
  expect(spec).toMatchObject({
    id: "io.fs.save",
    version: "1.2.0",
    description: "Saves a file.",
    operation: "WRITE",
    risk: { level: "MEDIUM", requires_approval: true },
    side_effects: ["filesystem_write"],
    undo: { kind: "reversible", description: "Restores the file." },
    idempotent: true,
    timeout_seconds: 5,
    limits: { max_bytes: 100 },
    metadata: { author: "me", cost_model: "low_io" },
    inputs: {
      required: ["path"],
      properties: {
        path: { type: "string", description: "Where." },
        mode: { type: "string", default: "text", enum: ["text", "binary"] },
        token: { type: "string", "x-sensitive": true },
        tags: { type: "array", default: [] },
        extra: { default: 5 },
      },
    },
  });
  expect(parseInputs(spec, { path: "p" })).toEqual({ path: "p", mode: "text", tags: [], extra: 5 });
});

test("what an older spec does not say, its contract does not say either", () => {
  const library = load(LIBRARY, {
    meta: { author: undefined },
    contracts: { max_bytes: undefined },
    behavior: { undo_strategy: " ", cost_model: undefined },
  });
  expect([library.limits, library.undo, library.metadata]).toEqual([
    {},
    { kind: "reversible" },
    { tags: [], deprecated: false },
  ]);
  expect(load(GOVERNANCE, { metadata: { author: undefined } }).metadata).toEqual({
    tags: ["x"],
    deprecated: true,
  });
});

test("a spec of the older governance model keeps everything that it says", () => {
  expect(load(GOVERNANCE)).toMatchObject({
    id: "net.api.send",
    name: "Send",
    operation: "WRITE",
    side_effects: ["network_write"],
    undo: { kind: "irreversible" },
    network: { hosts: ["*"] },
    inputs: { required: ["text"], properties: { text: { type: "string" } } },
    metadata: { deprecated: true },
  });
});

describe("effects and undo of the older standard library", () => {
  test.for<[object, object]>([
    [{ side_effects: ["read_only"] }, { operation: "READ", undo: { kind: "none" }, risk: { level: "LOW" } }],
    [
      { side_effects: ["filesystem_delete"] },
      { operation: "DELETE", undo: { kind: "reversible" }, risk: { level: "HIGH" } },
    ],
    [
      { side_effects: ["network_read"] },
      { operation: "NETWORK", undo: { kind: "none" }, network: { hosts: ["*"] } },
    ],
    [{ side_effects: ["network_read"], allowed_domains: ["a.org"] }, { network: { hosts: ["a.org"] } }],
    [
      { side_effects: ["network_write"], sidecar_base_url: "http://127.0.0.1:8787/x" },
      { network: { hosts: ["127.0.0.1:8787"] }, undo: { kind: "irreversible" }, risk: { level: "CRITICAL" } },
    ],
    [
      { side_effects: ["system_exec"] },
      { operation: "EXECUTE", undo: { kind: "irreversible" }, risk: { level: "CRITICAL" } },
    ],
    [
      { side_effects: ["state_mutation"] },
      { operation: "WRITE", undo: { kind: "irreversible" }, risk: { level: "CRITICAL" } },
    ],
  ])("%j", ([contracts, expected]) => {
    expect(load(LIBRARY, { contracts })).toMatchObject(expected);
  });
});

describe("effects and undo of the older governance model", () => {
  test.for<[Record<string, object | string>, object]>([
    [
      { operation_type: "READ", side_effects: { scope: "local", reversible: true } },
      { side_effects: ["filesystem_read"], undo: { kind: "none" } },
    ],
    [
      { operation_type: "READ", side_effects: { scope: "external" } },
      { side_effects: ["network_read"], undo: { kind: "none" } },
    ],
    [
      { operation_type: "WRITE", side_effects: { scope: "local", reversible: true } },
      { side_effects: ["filesystem_write"], undo: { kind: "reversible" } },
    ],
    [{ operation_type: "WRITE", side_effects: { scope: "local" } }, { undo: { kind: "irreversible" } }],
    [
      { operation_type: "DELETE", side_effects: { scope: "local", reversible: true } },
      { side_effects: ["filesystem_delete"], undo: { kind: "reversible" } },
    ],
    [{ operation_type: "DELETE" }, { side_effects: ["network_write"] }],
    [{ operation_type: "EXECUTE", side_effects: { scope: "local" } }, { side_effects: ["system_exec"] }],
    [
      {
        operation_type: "NETWORK",
        side_effects: { description: "Side effects: network_read, filesystem_read." },
      },
      { side_effects: ["network_read", "filesystem_read"] },
    ],
    [
      { compensation: { supported: true, strategy: "automatic", capability_id: "net.api.unsend" } },
      { undo: { kind: "compensable", compensation: "net.api.unsend" } },
    ],
    [{ compensation: { supported: true, strategy: "manual" } }, { undo: { kind: "compensable" } }],
  ])("%j", ([changes, expected]) => {
    expect(load(GOVERNANCE, changes)).toMatchObject(expected);
  });
});

describe("what cannot be converted is an error with its place", () => {
  test.for<[Record<string, unknown>, Record<string, object | string>, string]>([
    [LIBRARY, { meta: { dependencies: ["pandas"] } }, "meta.dependencies: have no counterpart"],
    [
      LIBRARY,
      { contracts: { side_effects: ["read_only", "filesystem_write"] } },
      "contracts.side_effects: read_only contradicts",
    ],
    [LIBRARY, { contracts: { side_effects: ["teleport"] } }, "contracts.side_effects[0]: must be one of"],
    [
      LIBRARY,
      { contracts: { max_byte: 1 } },
      'contracts.max_byte: is not a known field; did you mean "max_bytes"?',
    ],
    [
      LIBRARY,
      { interface: { inputs: { a: { type: "strnig" } } } },
      'interface.inputs.a.type: "strnig" is not a known type; did you mean "string"?',
    ],
    [LIBRARY, { interface: { inputs: { a: { type: "constructor" } } } }, '"constructor" is not a known type'],
    [
      LIBRARY,
      { interface: { inputs: { a: { type: "integer", default: "x" } } } },
      'interface.inputs.a.default: must be of the type integer (got "x")',
    ],
    [LIBRARY, { interface: { inputs: { a: { type: "list", default: "x" } } } }, "must be of the type array"],
    [
      LIBRARY,
      { interface: { inputs: { a: { type: "object", default: [] } } } },
      "must be of the type object",
    ],
    [GOVERNANCE, { operation_type: "NETWORK" }, "side_effects.description: does not say which effects"],
    [GOVERNANCE, { operation_type: "EXECUTE" }, "side_effects.description: does not say which effects"],
    [
      GOVERNANCE,
      { side_effects: { reversible: true } },
      "side_effects.reversible: is true, but nothing compensates",
    ],
    [
      GOVERNANCE,
      { compensation: { supported: true, strategy: "automatic" } },
      "compensation.capability_id: is missing",
    ],
    [
      GOVERNANCE,
      {
        parameters: [
          { name: "a", type: "string" },
          { name: "a", type: "integre" },
        ],
      },
      'parameters[1].name: "a" is there twice',
    ],
    [
      GOVERNANCE,
      {
        parameters: [
          { name: "b", type: "string" },
          { name: "a", type: "integre" },
        ],
      },
      'parameters[1].type: "integre" is not a known type',
    ],
    [GOVERNANCE, { returns: { type: "string" } }, "returns.type: must be object"],
    [
      GOVERNANCE,
      { risk: { level: "LOW" } },
      "risk.level: an irreversible effect without compensation is CRITICAL, not LOW",
    ],
    [
      GOVERNANCE,
      {
        operation_type: "DELETE",
        side_effects: { scope: "local", reversible: true },
        risk: { level: "MEDIUM" },
      },
      "risk.level: DELETE is at least HIGH",
    ],
  ])("%#", ([shape, changes, message]) => {
    expect(() => load(shape, changes)).toThrow(
      expect.objectContaining({ code: "SPEC_INVALID", message: expect.stringMatching(/^x\.yaml:\d+:\d+: /) }),
    );
    expect(() => load(shape, changes)).toThrow(message);
  });

  test("a proposal is no capability", () => {
    expect(() => loadCapability("meta: {id: net.a.b}\nadapter: {}\nproposal: {}", "x.yaml")).toThrow(
      "is a proposal",
    );
  });

  test("a list is no capability", () => {
    expect(() => loadCapability("- 1", "x.yaml")).toThrow("must be a mapping");
  });
});
