import type { CapabilitySpec } from "../contract/capability.ts";
import type { Context } from "../contract/handler.ts";

/** The moment that every test context lives in. */
export const TEST_NOW = Date.UTC(2026, 0, 2, 3, 4, 5, 678);

/** A context for a capability that has no effects: whatever it touches outside throws. */
export function createTestContext(spec?: CapabilitySpec): Context {
  return {
    fs: forbidden("fs"),
    net: forbidden("net"),
    process: forbidden("process"),
    now: () => TEST_NOW,
    signal: new AbortController().signal,
    idempotencyKey: "test",
    spec: spec ?? forbidden("spec"),
  };
}

function forbidden(name: string): never {
  return new Proxy({} as never, {
    get(_, member) {
      throw new Error(`a pure capability used ctx.${name}.${String(member)}`);
    },
  });
}
