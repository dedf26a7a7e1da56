import type { Handler } from "../../contract/handler.ts";
import { isObject } from "../../contract/json.ts";
import { readJsonArgument } from "../json-argument.ts";

type Input = { readonly target: unknown; readonly patch: unknown; readonly deep: boolean };

type Combine = (target: unknown, patch: unknown) => unknown;

/** RFC 7396 merge patch; with `deep`, null is a value like others and lists are joined. @throws CONTENT_INVALID, LIMIT_EXCEEDED */
export const handler: Handler<Input> = async (_ctx, { target, patch, deep }) => {
  const combine = deep ? mergeDeep : mergePatch;
  return {
    value: combine(readJsonArgument(target, "target"), readJsonArgument(patch, "patch")),
    success: true,
  };
};

const mergePatch: Combine = (target, patch) => {
  if (!isObject(patch)) return patch;
  const members = new Map(isObject(target) ? Object.entries(target) : []);
  for (const [name, value] of Object.entries(patch)) {
    if (value === null) members.delete(name);
    else members.set(name, mergePatch(members.get(name), value));
  }
  return Object.fromEntries(members);
};

const mergeDeep: Combine = (target, patch) => {
  if (Array.isArray(target) && Array.isArray(patch)) return [...target, ...patch] as unknown[];
  if (!isObject(target) || !isObject(patch)) return patch;
  const members = new Map(Object.entries(target));
  for (const [name, value] of Object.entries(patch))
    members.set(name, members.has(name) ? mergeDeep(members.get(name), value) : value);
  return Object.fromEntries(members);
};
