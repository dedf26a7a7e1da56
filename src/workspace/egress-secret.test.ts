import { expect, test } from "vitest";

import { specOf } from "../../test/capability-spec.ts";
import { startServer } from "../../test/local-server.ts";
import { verifies } from "../../test/requirements.ts";
import type { HeaderSecret } from "../contract/foreign.ts";
import { createNet } from "./egress.ts";

verifies("workspace:egress", "import:secrets");

// With what JSON writes otherwise.
const SECRET = 'user:"pass-word"\\of-the-desk';

/** Requests of a contract that names a secret for one origin. */
function netOf(origin: string, secret: HeaderSecret, ports: readonly number[]) {
  return createNet({
    spec: specOf({
      side_effects: ["network_read", "network_write"],
      network: { hosts: ["*"] },
      foreign: { kind: "http", method: "GET", url: `${origin}/{path}`, secret, parameters: [], headers: {} },
    }),
    signal: AbortSignal.timeout(20_000),
    intend: () => Promise.resolve(),
    allowPrivateHosts: ports.map((port) => `127.0.0.1:${port}`),
    secretFor: () => SECRET,
  });
}

const bearer = { name: "DESK", header: "authorization", scheme: "bearer" } as const;

test.for([
  ["raw", "x-api-key", SECRET],
  ["bearer", "authorization", `Bearer ${SECRET}`],
  ["basic", "authorization", `Basic ${Buffer.from(SECRET).toString("base64")}`],
] as const)(
  "a secret is sent as %s in the header that the contract names",
  async ([scheme, header, sent]) => {
    await using server = await startServer((_, response) => response.end("{}"));
    const origin = `http://127.0.0.1:${server.port}`;
    const net = netOf(origin, { name: "DESK", header, scheme }, [server.port]);
    await net.request({ method: "GET", url: `${origin}/a` });
    expect(server.seen[0]?.headers[header]).toBe(sent);
  },
);

test.for([301, 302, 303, 307, 308])(
  "after a redirect (%i) to another origin nobody is told the secret",
  async (status) => {
    await using other = await startServer((_, response) => response.end("{}"));
    const away = `http://127.0.0.1:${other.port}/elsewhere`;
    await using server = await startServer((_, response) =>
      response.writeHead(status, { location: away }).end(),
    );
    const origin = `http://127.0.0.1:${server.port}`;
    const net = netOf(origin, bearer, [server.port, other.port]);
    await net.request({ method: "GET", url: `${origin}/a` });
    expect(server.seen[0]?.headers.authorization).toBe(`Bearer ${SECRET}`);
    expect(other.seen).toHaveLength(1);
    expect(JSON.stringify(other.seen)).not.toContain("pass-word");
  },
);

test("on the way back to its own origin it is sent again", async () => {
  await using server = await startServer((request, response) => {
    if (request.url === "/end") response.end("{}");
    else response.writeHead(302, { location: "/end" }).end();
  });
  const origin = `http://127.0.0.1:${server.port}`;
  await netOf(origin, bearer, [server.port]).request({ method: "GET", url: `${origin}/a` });
  expect(server.seen.map(({ headers }) => headers.authorization)).toEqual(Array(2).fill(`Bearer ${SECRET}`));
});

test("a secret that comes back is not shown, however it was sent", async () => {
  await using server = await startServer((request, response) =>
    response
      .setHeader("x-echo", String(request.headers.authorization))
      .end(`you said ${request.headers.authorization}, ${JSON.stringify(request.headers)}`),
  );
  const origin = `http://127.0.0.1:${server.port}`;
  for (const scheme of ["bearer", "basic"] as const) {
    const net = netOf(origin, { ...bearer, scheme }, [server.port]);
    const answer = await net.request({ method: "GET", url: `${origin}/a` });
    const shown = `${answer.body.toString()} ${JSON.stringify(answer.headers)}`;
    expect(shown).toContain("[secret]");
    expect(shown).not.toContain("pass-word");
    expect(shown).not.toContain(Buffer.from(SECRET).toString("base64"));
  }
});
