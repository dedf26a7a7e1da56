import { openControl } from "../src/serve.ts";
import type { Site } from "./red-line.ts";

type Answer = {
  readonly run?: string;
  readonly status?: string;
  readonly code?: string;
  readonly failure?: { readonly code: string } | null;
  readonly steps?: readonly { readonly decision?: string; readonly note?: string | null }[];
};

/** What an operator's program is answered with: a problem, a plan, or the run after it has come to rest. */
export async function overRest(site: Site, path: "/v1/runs" | "/v1/plans", body: unknown): Promise<Answer> {
  const address = { host: "127.0.0.1", port: 8030 };
  await using control = await openControl({
    workspace: site.workspace,
    env: site.env,
    ...address,
    onFault: (error) => {
      throw error;
    },
  });
  const ask = async (method: string, asked: string, given?: unknown): Promise<Answer> => {
    const response = await control.app.request(`http://127.0.0.1:8030${asked}`, {
      method,
      headers: {
        host: "127.0.0.1:8030",
        authorization: `Bearer ${control.token.token}`,
        "content-type": "application/json",
      },
      ...(given === undefined ? {} : { body: JSON.stringify(given) }),
    });
    return (await response.json()) as Answer;
  };
  const answer = await ask("POST", path, body);
  if (answer.run === undefined) return answer;
  for (;;) {
    const run = await ask("GET", `/v1/runs/${answer.run}`);
    if (run.status !== "running" && run.status !== "rolling_back") return run;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
