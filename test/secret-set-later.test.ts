import { join } from "node:path";
import { expect, test } from "vitest";

import { exportJsonl } from "../src/ledger/export-jsonl.ts";
import { openSecrets } from "../src/kernel/secret-store.ts";
import { specOf } from "./capability-spec.ts";
import { openIn } from "./installation.ts";
import { startServer } from "./local-server.ts";
import { verifies } from "./requirements.ts";
import { scratch } from "./scratch.ts";
import { filesBelow, searchSecrets } from "./secrets/forms.ts";

verifies("ledger:secrets", "import:secrets");

const TOKEN = 'tok-5f"81 canary/+&x';
const BY = { human: "somebody", agent: "", session: "s", service: "test", scopes: [] };

test("a secret that was set after the ledgers were opened is sealed in all of them from its first use on", async () => {
  using directory = scratch();
  await using server = await startServer((request, response) =>
    response.end(Buffer.from(String(request.headers["x-desk-key"])).toString("hex")),
  );
  const url = `http://127.0.0.1:${server.port}/`;
  const spec = specOf({
    id: "test.echo",
    outputs: { type: "object", properties: { body: { type: "string" } } },
    risk: { level: "LOW", justification: "it asks", requires_approval: false },
    side_effects: ["network_read"],
    network: { hosts: [`127.0.0.1:${server.port}`] },
    foreign: {
      kind: "http",
      method: "GET",
      url,
      secret: { name: "DESK_TOKEN", header: "x-desk-key", scheme: "raw" },
      parameters: [],
      headers: {},
    },
  });
  await using runtime = await openIn(directory.path, {
    env: { AI_FIRST_ALLOW_PRIVATE_HOSTS: `127.0.0.1:${server.port}` },
    decide: () => Promise.resolve({ outcome: "allow", rules: [], reason: "a test" }),
    capabilities: [
      {
        spec,
        handler: async ({ net }) => ({
          body: (await net.request({ method: "GET", url })).body.toString(),
        }),
      },
    ],
  });
  openSecrets(runtime.home).set("DESK_TOKEN", TOKEN, ["127.0.0.1"]);

  const { outputs, failure } = await runtime.run("test.echo");
  const hex = Buffer.from(TOKEN).toString("hex");
  expect([failure, outputs]).toEqual([null, { body: hex }]);
  // What another workspace's run gave away may come here as well.
  runtime.homeLedger.record(BY, "principal", { ...BY, human: hex });
  await Promise.all([runtime.ledger.flush(), runtime.homeLedger.flush()]);

  const places = filesBelow(directory.path);
  expect(places.delete(join(runtime.home, "secrets/DESK_TOKEN"))).toBe(true);
  places.set("export", Buffer.from([...exportJsonl(runtime.ledger)].join("\n")));
  expect(searchSecrets([TOKEN], places)).toEqual([]);
});
