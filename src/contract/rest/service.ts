import { z } from "zod";

import { Role } from "../roles.ts";
import { Principal } from "../principal.ts";

export const ServiceInfo = z
  .strictObject({
    service: z.string(),
    status: z.literal("operational"),
    version: z.string(),
  })
  .meta({ id: "ServiceInfo" });

export const Health = z
  .strictObject({
    status: z.literal("healthy"),
    uptime_seconds: z.number(),
    last_health_check: z.iso.datetime(),
  })
  .meta({ id: "Health" });

export const Session = z
  .strictObject({
    principal: Principal.readonly(),
    roles: z.array(Role).describe("What the token lets through to."),
    registered: z
      .array(Role)
      .readonly()
      .describe("Roles of the person in the governance chain, which what is decided takes as well."),
    expiresAt: z.iso.datetime().nullable().describe("When the token ends; null for never."),
    workspace: z.string().describe("Name of the workspace's directory."),
  })
  .meta({ id: "Session" });
