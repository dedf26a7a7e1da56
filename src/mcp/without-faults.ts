import { ProtocolError, ProtocolErrorCode, SdkError } from "@modelcontextprotocol/server";

import { RuntimeError } from "../contract/errors.ts";

/** Told of what was not foreseen, which no answer shows. */
export type OnFault = (error: unknown) => void;

/** The same handler, whose answer shows nothing of what was not foreseen. What the runtime refuses is foreseen. */
export function withoutFaults<Args extends readonly unknown[], Result>(
  onFault: OnFault,
  handler: (...args: Args) => Result | Promise<Result>,
): (...args: Args) => Promise<Result> {
  return async (...args) => {
    try {
      return await handler(...args);
    } catch (error) {
      if (error instanceof ProtocolError || error instanceof SdkError) throw error;
      if (error instanceof RuntimeError && error.code !== "INTERNAL")
        throw new ProtocolError(ProtocolErrorCode.InvalidParams, `${error.code}: ${error.message}`);
      onFault(error);
      throw new ProtocolError(
        ProtocolErrorCode.InternalError,
        "Something went wrong inside; the log of the server tells what.",
      );
    }
  };
}
