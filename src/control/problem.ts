import { STATUS_CODES } from "node:http";

import { CATEGORIES, type ErrorCode, ERRORS, RuntimeError, toFailure } from "../contract/errors.ts";
import { statusOf } from "../contract/http-status.ts";
import type { Problem } from "../contract/rest/problem.ts";
import { type Places, withoutPlaces } from "../operate/places.ts";

/** No answer is kept, taken for another type, or read by pages of other sites. */
export const EVERY_ANSWER = {
  "cache-control": "no-store",
  "x-content-type-options": "nosniff",
  "cross-origin-resource-policy": "same-origin",
} as const;

/** What a request is refused with where HTTP itself gives the status. */
export class Refusal extends RuntimeError {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;

  constructor(
    status: number,
    code: ErrorCode,
    message: string,
    headers: Readonly<Record<string, string>> = {},
  ) {
    super(code, message);
    this.status = status;
    this.headers = headers;
  }
}

/** The answer to a request that failed: no stack, no path of the machine, and nothing of what was not foreseen. */
export function problemResponse(thrown: unknown, places: Places): Response {
  const problem = toProblem(thrown, places);
  const more = thrown instanceof Refusal ? thrown.headers : {};
  return new Response(JSON.stringify(problem), {
    status: problem.status,
    headers: { "content-type": "application/problem+json", ...EVERY_ANSWER, ...more },
  });
}

function toProblem(thrown: unknown, places: Places): Problem {
  const { code, category, message, hint, retryable, details } = toFailure(thrown);
  const status = thrown instanceof Refusal ? thrown.status : statusOf(code);
  const isForeseen = ERRORS[code].category !== "UNKNOWN_ERROR" && code !== "INTERNAL";
  return {
    type: `urn:airun:error:${code}`,
    title: STATUS_CODES[status] ?? CATEGORIES[category].status.toString(),
    status,
    detail: isForeseen ? withoutPlaces(message, places) : "Something went wrong inside; the log tells what.",
    code,
    category,
    hint,
    retryable,
    ...(details === undefined || !isForeseen ? {} : { details: withoutPlaces(details, places) }),
  };
}
