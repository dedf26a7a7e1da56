import type { Risk } from "../contract/capability.ts";

/** The risk of a contract that nobody wrote. */
export function riskOf(level: Risk, justification: string) {
  return { level, justification: `Derived by the import: ${justification}.`, requires_approval: false };
}

/** The line of `network.hosts` that admits just this address. */
export function hostOf(url: string): string {
  const { hostname, port, protocol } = new URL(url.replaceAll(/\{[^{}]*\}/g, "x"));
  return `${hostname}:${port || (protocol === "https:" ? "443" : "80")}`;
}
