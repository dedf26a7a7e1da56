import { expect, test } from "vitest";
import { z } from "zod";

import { RuntimeError } from "../contract/errors.ts";
import { type CapabilityDefinition, defineCapability } from "./define-capability.ts";
import { verifies } from "../../test/requirements.ts";

verifies("contract:errors", "contract:registry");

type Definition = CapabilityDefinition<z.ZodObject, z.ZodObject>;

const define = (parts: Partial<Definition>) =>
  defineCapability({
    id: "my.own.thing",
    version: "1.0.0",
    description: "A capability of a test.",
    input: z.strictObject({ path: z.string(), times: z.int().default(1) }),
    output: z.strictObject({ done: z.boolean().default(true) }),
    risk: { level: "LOW", justification: "test" },
    sideEffects: ["read_only"],
    undo: { kind: "none" },
    run: async () => ({}),
    ...parts,
  });

test("what is not told is the least: no host, no program, half a minute, not to be repeated", () => {
  const { spec } = define({});
  expect(spec).toMatchObject({ name: "my.own.thing", idempotent: false, timeout_seconds: 30 });
  expect([spec.network, spec.process]).toEqual([undefined, undefined]);
  expect(spec.inputs).toMatchObject({ required: ["path"], additionalProperties: false });
});

test("what is told is in the contract", () => {
  const { spec } = define({
    name: "Mine",
    idempotent: true,
    timeoutSeconds: 2,
    hosts: ["example.com"],
    commands: ["git"],
  });
  expect(spec).toMatchObject({
    name: "Mine",
    idempotent: true,
    timeout_seconds: 2,
    network: { hosts: ["example.com"] },
    process: { commands: ["git"] },
  });
});

const HIGH = { level: "HIGH", justification: "test" } as const;
const REVERSIBLE = { kind: "reversible" } as const;

test.for<[Definition["sideEffects"], Partial<Definition>, string]>([
  [["read_only"], {}, "READ"],
  [["filesystem_read"], {}, "READ"],
  [["network_read", "filesystem_write"], { undo: REVERSIBLE }, "NETWORK"],
  [["network_write"], { undo: { kind: "compensable" }, risk: HIGH }, "NETWORK"],
  [["filesystem_write"], { undo: REVERSIBLE }, "WRITE"],
  [["state_mutation"], {}, "WRITE"],
  [["filesystem_write", "filesystem_delete"], { undo: REVERSIBLE, risk: HIGH }, "DELETE"],
  [["system_exec", "network_read"], { undo: { kind: "compensable" }, risk: HIGH }, "EXECUTE"],
])("%j is the operation %s", ([sideEffects, parts, operation]) => {
  expect(define({ ...parts, sideEffects }).spec.operation).toBe(operation);
});

const level = (value: "LOW" | "MEDIUM" | "HIGH") => ({ level: value, justification: "test" });

test.for<[string, Partial<Definition>, string]>([
  [
    "an effect that cannot be undone is not CRITICAL",
    { undo: { kind: "irreversible" }, risk: level("HIGH") },
    "risk.level: an irreversible effect without compensation is CRITICAL, not HIGH",
  ],
  [
    "an effect that another capability compensates is not HIGH",
    { undo: { kind: "compensable" }, risk: level("MEDIUM") },
    "risk.level: an effect that the runtime cannot reverse is at least HIGH, not MEDIUM",
  ],
  [
    "a deletion is not HIGH",
    { sideEffects: ["filesystem_delete"], undo: REVERSIBLE, risk: level("MEDIUM") },
    "risk.level: DELETE is at least HIGH, not MEDIUM",
  ],
  [
    "what it sends can be restored",
    { sideEffects: ["network_write"], undo: REVERSIBLE, risk: HIGH },
    "undo.kind: network_write and system_exec cannot be reversible",
  ],
  [
    "what it starts needs no undo",
    { sideEffects: ["system_exec"], risk: HIGH },
    "undo.kind: network_write and system_exec cannot be none",
  ],
  [
    "what it writes needs no undo",
    { sideEffects: ["filesystem_write"] },
    "undo.kind: a writing capability must say how it is undone",
  ],
  ["the id is no id", { id: "Thing" }, "id: must look like io.fs.write_file"],
  ["the version is no version", { version: "1" }, "version: must look like 1.2.3"],
  ["there is no effect at all", { sideEffects: [] }, "side_effects: "],
  [
    "the compensation is no id",
    { undo: { kind: "compensable", compensation: "x" }, risk: HIGH },
    "undo.compensation: ",
  ],
])("a definition whose contract says that %s is refused", ([, parts, message]) => {
  const error = (() => {
    try {
      return define(parts);
    } catch (thrown) {
      return thrown;
    }
  })();
  expect(error).toBeInstanceOf(RuntimeError);
  expect(error).toMatchObject({
    code: "SPEC_INVALID",
    message: expect.stringContaining(message) as string,
    details: [{ path: message.split(":")[0] }],
  });
  expect(String(error)).toContain(`${parts.id ?? "my.own.thing"}: `);
});

test("everything that is wrong is told at once", () => {
  expect(() => define({ id: "Thing", version: "1", description: "" })).toThrow(
    /^Thing: id: .*; version: .*; description: /,
  );
});

test("the handler gets its defaults, and so does who called it", async () => {
  const seen: unknown[] = [];
  const { handler } = define({
    run: async (_, input) => {
      seen.push(input);
      return {};
    },
  });
  const context = {} as Parameters<typeof handler>[0];
  expect(await handler(context, { path: "a" })).toEqual({ done: true });
  expect(seen).toEqual([{ path: "a", times: 1 }]);
});
