import { z } from "zod";

/** What somebody may do in the governance chain and the control plane. */
export const ROLES = ["viewer", "operator", "reviewer", "approver", "admin"] as const;
export const Role = z.enum(ROLES);
export type Role = z.output<typeof Role>;
