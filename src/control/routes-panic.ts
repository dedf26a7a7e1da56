import { z } from "zod";

import { Reasoned } from "../contract/rest/chain.ts";
import { Panic, PanicList, PanicOrder, PanicReport } from "../contract/rest/panic.ts";
import { route, type Route } from "./route.ts";

/** Stopping everything at once. */
export const PANIC_ROUTES: readonly Route[] = [
  route({
    id: "listPanics",
    method: "get",
    path: "/v1/panics",
    tag: "panic",
    summary: "Every panic that there ever was, the oldest first.",
    role: "viewer",
    answer: { status: 200, text: "The panics.", schema: PanicList },
    handle: ({ station, caller }) => ({ panics: station.panelFor(caller.principal).panics() }),
  }),
  route({
    id: "raisePanic",
    method: "post",
    path: "/v1/panics",
    tag: "panic",
    summary: "Stop everything of a scope, until an admin lifts it. Everybody may stop what is their own.",
    role: "viewer",
    body: PanicOrder,
    answer: { status: 201, text: "The panic, and the runs that it stopped.", schema: PanicReport },
    refusals: [404],
    handle: ({ station, caller, body }) => station.panelFor(caller.principal).panic(body),
  }),
  route({
    id: "liftPanic",
    method: "post",
    path: "/v1/panics/{panic}/lift",
    tag: "panic",
    summary: "End a panic; what was frozen waits until somebody resumes it.",
    role: "admin",
    params: z.strictObject({ panic: z.string().min(1).max(100) }),
    body: Reasoned,
    answer: { status: 200, text: "The panic.", schema: Panic },
    refusals: [404, 409],
    handle: ({ station, caller, params: { panic }, body: { reason } }) =>
      station.panelFor(caller.principal).liftPanic(panic, reason),
  }),
];
