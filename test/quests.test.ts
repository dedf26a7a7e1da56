import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

import { expect, test } from "vitest";

import { QuestPlan } from "../src/contract/quest.ts";
import { runFake } from "./cli/run-fake.ts";
import { workspaceIn } from "./installation.ts";
import { startServer } from "./local-server.ts";
import { oneIn } from "./one-in.ts";
import { verifies } from "./requirements.ts";
import { scratch } from "./scratch.ts";
import { DEMO_FILES } from "../src/cli/demo-files.ts";

verifies("aegis:quest", "docs:true");

const QUESTS = fileURLToPath(new URL("../examples/quests", import.meta.url));
const TODAY = "customer,price\nHarbour Café,14.00\n";

type Outcome = {
  readonly exitCode: number;
  /** Texts that lie in the workspace afterwards; null for what must not be there. */
  readonly files: Readonly<Record<string, string | RegExp | null>>;
  /** Why there is no plan. */
  readonly refused?: readonly (readonly [code: string, goal: number | null])[];
};

const DIGEST = /^[0-9a-f]{64}$/;

const OUTCOMES: Readonly<Record<string, Outcome>> = {
  hello: { exitCode: 0, files: { "notes/hello.txt": "Good morning", "notes/hello.sha256": DIGEST } },
  "hello-zh": { exitCode: 0, files: { "notes/hello.txt": "早上好", "notes/hello.sha256": DIGEST } },
  "tidy-inbox": { exitCode: 0, files: { "report.md": /Total: 828/, "inbox/orders.csv": null } },
  "tidy-inbox-zh": { exitCode: 0, files: { "archive/orders.csv": /Rye flour/, "inbox/orders.csv": null } },
  letter: {
    exitCode: 30,
    files: {
      "letter.txt": "Dear Harbour Café, your bill is 120 euros.",
      "outbox/letter.txt": null,
    },
  },
  inventory: { exitCode: 0, files: { "inventory.json": /"path": "inbox\/orders.csv"/ } },
  figures: { exitCode: 0, files: { "figures.json": /"sold": 45/ } },
  encode: { exitCode: 0, files: { "token.txt": "aGVsbG8=" } },
  "backup-zh": { exitCode: 0, files: { "backup/orders.csv": /Rye flour/, "backup/orders.zip": /^PK/ } },
  fetch: { exitCode: 0, files: { "today.csv": TODAY } },
  "fetch-zh": { exitCode: 0, files: { "today.csv": TODAY, "log.txt": DIGEST } },
  "impossible-unknown": refusal(["GOAL_UNKNOWN", 1]),
  "impossible-ambiguous": refusal(["GOAL_AMBIGUOUS", 1]),
  "impossible-missing-zh": refusal(["INPUT_MISSING", 1]),
  "impossible-host": refusal(["HOST_REFUSED", 1]),
  "impossible-risk": refusal(["RISK_TOO_HIGH", 1]),
  "impossible-denied-zh": refusal(["CAPABILITY_REFUSED", 1]),
  "impossible-cost": refusal(["COST_TOO_HIGH", null]),
  "impossible-pack": refusal(["NOT_REACHABLE", 1], ["NOT_REACHABLE", 2]),
  forbidden: { exitCode: 17, files: { ".git": null } },
};

function refusal(...refused: readonly (readonly [string, number | null])[]): Outcome {
  return { exitCode: 10, files: { "inbox/orders.csv": /Rye flour/ }, refused };
}

test("every example has an outcome", () => {
  const names = readdirSync(QUESTS).map((file) => file.replace(/\.yaml$/, ""));
  expect(names.sort()).toEqual(Object.keys(OUTCOMES).sort());
});

test.for(oneIn(3, Object.entries(OUTCOMES)))(
  "%s: its plan is the golden one, and it ends so",
  async ([name, outcome]) => {
    using directory = scratch();
    for (const [path, text] of Object.entries(DEMO_FILES)) put(join(workspaceIn(directory.path), path), text);
    const quest = readFileSync(join(QUESTS, `${name}.yaml`), "utf8");
    put(join(directory.path, "quest.yaml"), quest);
    const cli = { directory: directory.path };

    const planned = await runFake(["quest", "plan", "quest.yaml", "--json"], cli);
    const plan = QuestPlan.parse(JSON.parse(planned.stdout));
    const { catalogue: _catalogue, ...rest } = plan;
    await expect(`${JSON.stringify(rest, null, 2)}\n`).toMatchFileSnapshot(`fixtures/quests/${name}.json`);
    const again = await runFake(["quest", "plan", "quest.yaml", "--json"], cli);
    expect(again.stdout).toBe(planned.stdout);
    if (plan.status === "refused")
      expect(plan.reasons.map(({ code, goal }) => [code, goal])).toEqual(outcome.refused);
    else expect(outcome.refused).toBeUndefined();

    await using server = await startServer((_, response) => void response.end(TODAY));
    const local = `127.0.0.1:${server.port}`;
    put(
      join(directory.path, "quest.yaml"),
      quest
        .replaceAll("https://orders.example.com", `http://${local}`)
        .replaceAll("orders.example.com", "127.0.0.1"),
    );
    const env = { AI_FIRST_ALLOW_PRIVATE_HOSTS: local };
    const run = await runFake(["quest", "run", "quest.yaml", "--json"], { ...cli, env });
    expect([run.exitCode, run.stderr]).toEqual([outcome.exitCode, ""]);
    for (const [path, text] of Object.entries(outcome.files)) {
      const full = join(workspaceIn(directory.path), path);
      if (text === null) expect(existsSync(full), path).toBe(false);
      else expect(readFileSync(full, "latin1"), path).toMatch(latin1(text));
    }
  },
);

test("a quest that asks for an approval goes on when somebody gives it", async () => {
  using directory = scratch();
  const cli = { directory: directory.path };
  const paused = await runFake(["quest", "run", join(QUESTS, "letter.yaml"), "--json"], cli);
  expect(paused.exitCode).toBe(30);
  expect(JSON.parse(paused.stdout).approvals).toMatchObject([
    { step: "approve_g3_move", text: expect.stringContaining("letter.txt") },
  ]);
  const { exitCode } = await runFake(["approve", "last"], cli);
  expect(exitCode).toBe(0);
  expect(existsSync(join(workspaceIn(directory.path), "outbox/letter.txt"))).toBe(true);
});

function put(path: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
}

/** What a file's bytes look like one by one, so that binary files can be compared too. */
function latin1(text: string | RegExp): string | RegExp {
  return typeof text === "string" ? Buffer.from(text).toString("latin1") : text;
}
