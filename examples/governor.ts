// A governor of your own: an HTTP server that the runtime asks before and after every step (docs/hooks.md).
//   AEGIS_GOVERNANCE_HOOK_SECRET=… node governor.ts 9200
//   AEGIS_GOVERNANCE_HOOK_SECRET=… AEGIS_GOVERNANCE_HOOK_URL=http://127.0.0.1:9200/ airun run load_test_quick
import { createHmac, timingSafeEqual } from "node:crypto";
import { createServer, type IncomingMessage } from "node:http";

type Question = {
  readonly event: string;
  readonly workflow_id: string;
  readonly step?: {
    readonly step_id: string;
    readonly capability: string | null;
    readonly role: string;
    readonly inputs: Readonly<Record<string, unknown>>;
  };
};

const MAX_AGE_MS = 60_000;
const secret = process.env["AEGIS_GOVERNANCE_HOOK_SECRET"] ?? "";

function decide({ event, step }: Question): object {
  // What a run did may always be taken back.
  if (event !== "pre_step" || step?.role !== "step") return { decision: "ALLOW" };
  if (step.capability === "sys.exec.run")
    return { decision: "DENY", reason: "no programs here", violation_id: "HOUSE-1" };
  if (step.capability === "io.fs.delete") return { decision: "PAUSE", reason: "somebody must look" };
  return { decision: "ALLOW" };
}

function isOurs({ headers }: IncomingMessage, body: string): boolean {
  const time = String(headers["x-aegis-timestamp"]);
  if (!(Math.abs(Date.now() - Number(time)) < MAX_AGE_MS)) return false;
  const expected = `sha256=${createHmac("sha256", secret).update(`${time}.${body}`).digest("hex")}`;
  const given = Buffer.from(String(headers["x-aegis-signature"]));
  return given.length === expected.length && timingSafeEqual(given, Buffer.from(expected));
}

const server = createServer((request, response) => {
  const chunks: Buffer[] = [];
  request.on("data", (chunk: Buffer) => chunks.push(chunk));
  request.on("end", () => {
    const body = Buffer.concat(chunks).toString();
    if (secret === "" || !isOurs(request, body)) {
      response.writeHead(401).end();
      return;
    }
    const question = JSON.parse(body) as Question;
    const answer = JSON.stringify(decide(question));
    console.log(question.event, question.step?.step_id ?? "", answer);
    response.setHeader("content-type", "application/json").end(answer);
  });
});
// Without a port it only shows that it starts.
const port = Number(process.argv[2] ?? 0);
server.listen(port, "127.0.0.1", () =>
  process.argv[2] === undefined ? server.close() : console.log("ready"),
);
