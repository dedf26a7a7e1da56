import { RuntimeError } from "../contract/errors.ts";

/** What `look` gives, or why it gives nothing. Only errors of the catalogue are answers; others are thrown on. */
export function lookUp<Found>(
  look: () => Found,
): { readonly found: Found } | { readonly error: RuntimeError } {
  try {
    return { found: look() };
  } catch (error) {
    if (error instanceof RuntimeError) return { error };
    throw error;
  }
}
