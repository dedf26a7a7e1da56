import { z } from "zod";

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
