import { describe, expect, test } from "vitest";

import { guardedLookup, type ResolvedAddress, type ResolveHost } from "./resolve.ts";
import { verifies } from "../../test/requirements.ts";

verifies("workspace:egress");

const PUBLIC: ResolvedAddress = { address: "8.8.8.8", family: 4 };
const OTHER: ResolvedAddress = { address: "2606:4700:4700::1111", family: 6 };
const LOOPBACK: ResolvedAddress = { address: "127.0.0.1", family: 4 };

/** The addresses that a connection would try. */
function lookUp(resolveHost: ResolveHost, all: boolean): Promise<unknown> {
  return new Promise((resolve, reject) => {
    guardedLookup(resolveHost, false)("rebind.example.com", { all }, (error, found, family) => {
      if (error) reject(error);
      else resolve(all ? found : { address: found, family });
    });
  });
}

/** A name whose owner answers differently each time. */
function rebinding(...answers: readonly (readonly ResolvedAddress[])[]): ResolveHost & { asked: number } {
  const resolver = Object.assign(async () => answers[resolver.asked++] ?? [], { asked: 0 });
  return resolver;
}

describe("guardedLookup", () => {
  test.for([true, false])(
    "connects to the addresses that it judged, of one answer (all: %s)",
    async (all) => {
      const resolver = rebinding([PUBLIC, OTHER], [LOOPBACK]);
      expect(await lookUp(resolver, all)).toEqual(all ? [PUBLIC, OTHER] : PUBLIC);
      expect(resolver.asked).toBe(1);
    },
  );

  test("refuses a name that is rebound to loopback", async () => {
    const resolver = rebinding([PUBLIC], [LOOPBACK]);
    await lookUp(resolver, true);
    await expect(lookUp(resolver, true)).rejects.toMatchObject({
      code: "EGRESS_REFUSED",
      details: { address: "127.0.0.1" },
    });
  });

  test("refuses a name of which a single address is private, wherever it stands", async () => {
    await expect(lookUp(rebinding([PUBLIC, OTHER, LOOPBACK]), false)).rejects.toMatchObject({
      code: "EGRESS_REFUSED",
    });
  });
});
