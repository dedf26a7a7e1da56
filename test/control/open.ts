import { Run, StartedRun } from "../../src/contract/rest/run.ts";
import { openControl } from "../../src/serve.ts";
import { scratch } from "../scratch.ts";
import { homeIn } from "../home.ts";

export type Sent = { readonly status: number; readonly headers: Headers; readonly body: unknown };

/** Mission Control on a workspace of its own, asked without a port. */
export async function openTestControl(env: Readonly<Record<string, string>> = {}, directory = scratch()) {
  const faults: unknown[] = [];
  const control = await openControl({
    workspace: `${directory.path}/workspace`,
    env: { AI_FIRST_HOME: homeIn(directory.path, env), ...env },
    host: "127.0.0.1",
    port: 8030,
    onFault: (error) => faults.push(error),
  });
  const bearer = { authorization: `Bearer ${control.token.token}` };

  const send = async (
    method: string,
    path: string,
    body?: unknown,
    headers: Record<string, string> = bearer,
  ) => {
    const response = await control.app.request(`http://127.0.0.1:8030${path}`, {
      method,
      headers: {
        host: "127.0.0.1:8030",
        ...(body === undefined ? {} : { "content-type": "application/json" }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: typeof body === "string" ? body : JSON.stringify(body) }),
    });
    return response;
  };
  const ask = async (...args: Parameters<typeof send>): Promise<Sent> => {
    const response = await send(...args);
    const text = await response.text();
    return {
      status: response.status,
      headers: response.headers,
      body: text === "" ? null : JSON.parse(text),
    };
  };
  return {
    ...control,
    directory,
    faults,
    bearer,
    send,
    ask,
    /** Leaves the workspace as it is. */
    close: () => control[Symbol.asyncDispose](),
    [Symbol.asyncDispose]: async () => {
      await control[Symbol.asyncDispose]();
      directory[Symbol.dispose]();
    },
  };
}
export type TestControl = Awaited<ReturnType<typeof openTestControl>>;

/** Waits until a run has ended or waits for somebody. */
export async function settled({ ask }: Pick<TestControl, "ask">, run: string): Promise<Run> {
  for (;;) {
    const { body } = await ask("GET", `/v1/runs/${run}`);
    const shown = Run.parse(body);
    if (!["running", "pending", "rolling_back"].includes(shown.status)) return shown;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/** Starts a run and waits for it. */
export async function runTo(control: Pick<TestControl, "ask">, body: unknown): Promise<Run> {
  const started = StartedRun.parse((await control.ask("POST", "/v1/runs", body)).body);
  return settled(control, started.run);
}
