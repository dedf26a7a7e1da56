import type { Handler } from "../contract/handler.ts";

/** The code of every capability of the standard library, by id; each is loaded when it is first asked for. */
export const HANDLERS: Readonly<Record<string, () => Promise<Handler>>> = {
  "sys.info.get_time": () => load(import("./sys/get-time.ts")),
  "text.template.render": () => load(import("./text/template-render.ts")),
};

async function load<Input>(module: Promise<{ readonly handler: Handler<Input> }>): Promise<Handler> {
  // The kernel validates the inputs against the contract first, which is what makes them an `Input`.
  return (await module).handler as unknown as Handler;
}
