import type { Problem } from "../../contract/rest/problem.ts";
import { signOut, tokenOfSession } from "../session.ts";

/** What the server refused a request with, or that it could not be reached at all. */
export class Refused extends Error {
  readonly problem: Problem | null;

  constructor(problem: Problem | null, message: string) {
    super(message);
    this.problem = problem;
  }
}

export type Query = Readonly<Record<string, string | number | boolean | undefined>>;

/** `/v1/…` from parts of which each may hold any character, and a query without what is undefined. */
export function pathOf(parts: readonly (string | number)[], query: Query = {}): string {
  const given = Object.entries(query).filter(([, value]) => value !== undefined && value !== "");
  const text = new URLSearchParams(given.map(([name, value]) => [name, String(value)])).toString();
  return `/v1/${parts.map((part) => encodeURIComponent(part)).join("/")}${text === "" ? "" : `?${text}`}`;
}

/** The answer to a request with the token of the session, which ends where the token is refused. @throws Refused */
export async function send(
  method: "GET" | "POST" | "PUT",
  path: string,
  options: {
    readonly body?: unknown;
    readonly signal?: AbortSignal;
    readonly headers?: Record<string, string>;
  } = {},
): Promise<Response> {
  const { body, signal, headers } = options;
  let response: Response;
  try {
    response = await fetch(path, {
      method,
      headers: {
        authorization: `Bearer ${tokenOfSession() ?? ""}`,
        ...(body === undefined ? {} : { "content-type": "application/json" }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      ...(signal === undefined ? {} : { signal }),
      credentials: "omit",
      cache: "no-store",
    });
  } catch (error) {
    if (signal?.aborted === true) throw error;
    throw new Refused(null, "unreachable");
  }
  if (response.ok) return response;
  if (response.status === 401) signOut("refused");
  const problem = await problemIn(response);
  throw new Refused(problem, problem?.detail ?? `HTTP ${response.status}`);
}

export async function get<Result>(path: string, signal?: AbortSignal): Promise<Result> {
  const response = await send("GET", path, signal === undefined ? {} : { signal });
  return (await response.json()) as Result;
}

export async function post<Result>(
  path: string,
  body: unknown,
  headers: Record<string, string> = {},
): Promise<Result> {
  return (await (await send("POST", path, { body, headers })).json()) as Result;
}

async function problemIn(response: Response): Promise<Problem | null> {
  try {
    return (await response.json()) as Problem;
  } catch {
    return null;
  }
}
