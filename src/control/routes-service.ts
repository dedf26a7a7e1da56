import { basename } from "node:path";

import { ROLES } from "../contract/roles.ts";
import { Health, ServiceInfo, Session } from "../contract/rest/service.ts";
import { rolesOf } from "../governance/approvers.ts";
import { rawRoute, route, type Route } from "./route.ts";

/** What the server says about itself. */
export const SERVICE_ROUTES: readonly Route[] = [
  route({
    id: "getService",
    method: "get",
    path: "/",
    tag: "service",
    summary: "What this is; a browser gets the web console instead.",
    role: "anybody",
    answer: {
      status: 200,
      text: "The service; the console's page to a request that accepts text/html.",
      schema: ServiceInfo,
      alsoType: "text/html",
    },
    handle: ({ version }) => ({ service: "ai-first-runtime", status: "operational" as const, version }),
  }),
  route({
    id: "getHealth",
    method: "get",
    path: "/v1/health",
    tag: "service",
    summary: "Whether it works: the ledger can be read.",
    role: "viewer",
    answer: { status: 200, text: "It works.", schema: Health },
    handle: ({ station, startedAtMs }) => {
      station.runtime.ledger.head();
      const now = Date.now();
      return {
        status: "healthy" as const,
        uptime_seconds: Math.round((now - startedAtMs) / 1000),
        last_health_check: new Date(now).toISOString(),
      };
    },
  }),
  route({
    id: "getSession",
    method: "get",
    path: "/v1/session",
    tag: "service",
    summary: "Who the token stands for, and what it lets through to.",
    role: "viewer",
    answer: { status: 200, text: "The session.", schema: Session },
    handle: ({ station: { runtime, chain }, caller: { principal, roles, expiresAtMs } }) => ({
      principal,
      roles: ROLES.filter((role) => roles.has(role)),
      registered: rolesOf(chain.governance.state(), principal),
      expiresAt: expiresAtMs === null ? null : new Date(expiresAtMs).toISOString(),
      workspace: basename(runtime.workspace),
    }),
  }),
  rawRoute({
    id: "getMetrics",
    method: "get",
    path: "/metrics",
    tag: "service",
    summary: "Counters in Prometheus's text format.",
    role: "viewer",
    answer: { status: 200, text: "The metrics.", contentType: "text/plain; version=0.0.4" },
    handle: ({ station, metrics }) =>
      new Response(metrics.render(station), { headers: { "content-type": "text/plain; version=0.0.4" } }),
  }),
  rawRoute({
    id: "getOpenApi",
    method: "get",
    path: "/v1/openapi.json",
    tag: "service",
    summary: "This description.",
    role: "anybody",
    answer: { status: 200, text: "OpenAPI 3.1.", contentType: "application/json" },
    handle: async () => Response.json((await import("./openapi.ts")).describeApi()),
  }),
];
