import type { Principal } from "../contract/principal.ts";

/**
 * Whether one of the patterns names the principal: `human:ann` is that person acting directly, `agent:claude` the
 * agent, whoever it acts for; `*` stands for any characters. Without patterns everybody is meant.
 */
export function admits(patterns: readonly string[] | undefined, { human, agent }: Principal): boolean {
  const name = agent === "" ? `human:${human}` : `agent:${agent}`;
  return patterns === undefined || patterns.some((pattern) => matches(pattern, name));
}

function matches(pattern: string, name: string): boolean {
  const literal = pattern.split("*").map((part) => part.replaceAll(/[\\^$.|?+()[\]{}]/g, "\\$&"));
  return new RegExp(`^${literal.join(".*")}$`, "su").test(name);
}
