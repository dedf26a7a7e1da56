import { extname } from "node:path";

import type { ReadConsole } from "./console-files.ts";

const TYPES: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
};

/** The page may load and ask nothing but this server, runs no text as code, and stands in no other page. */
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "connect-src 'self'",
  "img-src 'self' data:",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
  "trusted-types 'none'",
].join("; ");

const PAGE_HEADERS = {
  "content-security-policy": POLICY,
  "cross-origin-opener-policy": "same-origin",
  "permissions-policy": "camera=(), microphone=(), geolocation=(), clipboard-read=()",
  "referrer-policy": "no-referrer",
  "x-frame-options": "DENY",
  vary: "accept",
};

/**
 * The answer to a request for the console: its page where a browser asks for the address of the server, or one of its
 * files. `undefined` for anything else. @throws INTERNAL
 */
export async function serveConsole(
  request: Request,
  readConsole: ReadConsole,
): Promise<Response | undefined> {
  if (request.method !== "GET" && request.method !== "HEAD") return undefined;
  const { pathname } = new URL(request.url);
  const isPage = pathname === "/";
  if (isPage ? !wantsPage(request.headers) : !pathname.startsWith("/assets/")) return undefined;
  const name = isPage ? "index.html" : pathname.slice(1);
  const content = (await readConsole()).get(name);
  if (content === undefined) return undefined;
  const headers = isPage ? PAGE_HEADERS : { "cache-control": "public, max-age=31536000, immutable" };
  return new Response(request.method === "HEAD" ? null : content, {
    headers: { "content-type": TYPES[extname(name)] ?? "application/octet-stream", ...headers },
  });
}

/** Programs ask for JSON or for anything, and get what the service says about itself. */
function wantsPage(headers: Headers): boolean {
  return headers.get("accept")?.includes("text/html") === true;
}
