import type { Station } from "../../../src/operate/station.ts";
import { listen } from "../../../src/control/listen.ts";
import { openSite } from "../site.ts";
import { makeActive } from "../make-active.ts";
import { assetsOf, capabilityOf, PACK } from "./fixture.ts";
import { fixtureSource, SOURCE_CAPABILITIES } from "./fixture-source.ts";
import { ASKING_FIXTURES } from "./fixtures-asking.ts";
import { changingFixtures } from "./fixtures-changing.ts";
import { CONTENT_FIXTURES } from "./fixtures-content.ts";

/** Mission Control with the pack that the conformance suite needs, at an address that needs no token. */
export async function openForConformance() {
  let station: Station | undefined;
  const present = (): Station => {
    if (station === undefined) throw new Error("not open");
    return station;
  };
  const fixtures = [...CONTENT_FIXTURES, ...ASKING_FIXTURES, ...changingFixtures(present)];
  const site = await openSite({
    assets: assetsOf(fixtures),
    capabilities: [...fixtures.map(capabilityOf), ...SOURCE_CAPABILITIES],
    sources: (opened) => [fixtureSource(opened)],
  });
  ({ station } = site.control);
  await makeActive(site.runtime, PACK);
  // The suite has no way to send a token: this adds it, and leaves everything else to the server.
  const open = await listen(
    (request) => {
      const headers = new Headers(request.headers);
      headers.set("authorization", `Bearer ${site.agent}`);
      const { method, body, signal } = request;
      const init = { method, headers, signal, ...(body === null ? {} : { body, duplex: "half" as const }) };
      return site.control.app.fetch(new Request(request.url, init));
    },
    { host: "127.0.0.1", port: 0 },
  );
  site.control.setPort(open.port);
  return {
    ...site,
    url: `http://127.0.0.1:${open.port}/mcp`,
    [Symbol.asyncDispose]: async () => {
      await open.close(100);
      await site[Symbol.asyncDispose]();
    },
  };
}
