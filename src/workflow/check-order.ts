import { suggest } from "../contract/nearest.ts";
import type { Problem } from "../contract/spec-problems.ts";
import type { StepList } from "./step-tree.ts";

/** What is wrong with the names and the order of one list of steps. */
export function checkOrder({ steps, path }: StepList): Problem[] {
  const problems: Problem[] = [];
  const indexOf = new Map<string, number>();
  for (const [index, { name }] of steps.entries()) {
    const first = indexOf.get(name);
    if (first === undefined) indexOf.set(name, index);
    else
      problems.push({
        path: [...path, index, "name"],
        message: `"${name}" is also the name of the step ${first + 1} of this list`,
      });
  }
  for (const [index, { name, depends_on }] of steps.entries()) {
    for (const [position, needed] of depends_on.entries()) {
      const at = [...path, index, "depends_on", position];
      if (needed === name) problems.push({ path: at, message: `the step "${name}" depends on itself` });
      else if (!indexOf.has(needed))
        problems.push({
          path: at,
          message: `there is no step "${needed}" beside it${suggest(needed, indexOf.keys())}`,
        });
    }
  }
  return [...problems, ...checkCycles({ steps, path })];
}

/** The steps that have certainly ended before each step of the list begins. */
export function stepsBefore({ steps, startsTogether }: StepList): ReadonlyMap<string, ReadonlySet<string>> {
  const isInOrder = !startsTogether && steps.every(({ depends_on }) => depends_on.length === 0);
  if (isInOrder)
    return new Map(
      steps.map(({ name }, index) => [name, new Set(steps.slice(0, index).map((step) => step.name))]),
    );
  const needs = new Map(steps.map(({ name, depends_on }) => [name, depends_on]));
  return new Map(steps.map(({ name }) => [name, allNeeded(name, needs)]));
}

function allNeeded(name: string, needs: ReadonlyMap<string, readonly string[]>): Set<string> {
  const found = new Set<string>();
  const open = [name];
  for (const present of open) {
    for (const needed of needs.get(present) ?? []) {
      if (found.has(needed)) continue;
      found.add(needed);
      open.push(needed);
    }
  }
  return found;
}

/** One problem for each cycle, and one for each step that waits for a cycle and can never start. */
function checkCycles({ steps, path }: Pick<StepList, "steps" | "path">): Problem[] {
  const needs = new Map(
    steps.map(({ name, depends_on }) => [name, depends_on.filter((needed) => needed !== name)]),
  );
  const inCycle = new Set<string>();
  const problems: Problem[] = [];
  for (const [index, { name }] of steps.entries()) {
    if (inCycle.has(name)) continue;
    const cycle = cycleThrough(name, needs);
    if (cycle === undefined) continue;
    for (const member of cycle) inCycle.add(member);
    problems.push({
      path: [...path, index, "depends_on"],
      message: `the steps wait for each other: ${[...cycle, name].join(" -> ")}`,
    });
  }
  for (const [index, { name }] of steps.entries()) {
    if (inCycle.has(name)) continue;
    const blocking = [...allNeeded(name, needs)].find((needed) => inCycle.has(needed));
    if (blocking !== undefined)
      problems.push({
        path: [...path, index],
        message: `the step "${name}" can never start: it waits for "${blocking}", which is part of a cycle`,
      });
  }
  return problems;
}

/** The shortest way from a step back to itself. */
function cycleThrough(name: string, needs: ReadonlyMap<string, readonly string[]>): string[] | undefined {
  const seen = new Set<string>();
  const open: Way[] = [{ to: name, from: null }];
  for (const way of open) {
    for (const needed of needs.get(way.to) ?? []) {
      if (needed === name) return stepsOn(way);
      if (seen.has(needed)) continue;
      seen.add(needed);
      open.push({ to: needed, from: way });
    }
  }
  return undefined;
}

type Way = { readonly to: string; readonly from: Way | null };

function stepsOn(way: Way): string[] {
  const steps: string[] = [];
  for (let part: Way | null = way; part !== null; part = part.from) steps.unshift(part.to);
  return steps;
}
