import { z } from "zod";

/** An event that belongs to the ledger as a whole. */
export const event = <Type extends string, Shape extends z.core.$ZodLooseShape>(type: Type, data: Shape) =>
  z.strictObject({ type: z.literal(type), data: z.strictObject(data) });

/** An event of a run. */
export const runEvent = <Type extends string, Shape extends z.core.$ZodLooseShape>(type: Type, data: Shape) =>
  z.strictObject({ type: z.literal(type), run: z.string(), data: z.strictObject(data) });

/** An event of a step of a run. */
export const stepEvent = <Type extends string, Shape extends z.core.$ZodLooseShape>(
  type: Type,
  data: Shape,
) => z.strictObject({ type: z.literal(type), run: z.string(), step: z.string(), data: z.strictObject(data) });
