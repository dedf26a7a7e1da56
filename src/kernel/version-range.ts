import { RuntimeError } from "../contract/errors.ts";

const VERSION = /^\d+\.\d+\.\d+(?:-([0-9A-Za-z.-]+))?$/;
const RANGE = /^(\^|~|>=|=)?(.+)$/;

/**
 * Whether a version is in a range: `1.2.3` exactly, `^1.2.3` without a breaking change, `~1.2.3` with the same minor,
 * `>=1.2.3`. A prerelease is taken only where the range names it exactly.
 *
 * @throws INPUT_INVALID for a range that is none
 */
export function satisfies(version: string, range: string): boolean {
  const [, operator = "=", floor = ""] = RANGE.exec(range) ?? [];
  if (!VERSION.test(floor))
    throw new RuntimeError(
      "INPUT_INVALID",
      `"${range}" is not a version range; write 1.2.3, ^1.2.3, ~1.2.3 or >=1.2.3.`,
    );
  if (operator === "=" || version === floor) return version === floor;
  if (version.includes("-") || compareVersions(version, floor) < 0) return false;
  if (operator === ">=") return true;
  const [major, minor, patch] = numbers(version);
  const [floorMajor, floorMinor, floorPatch] = numbers(floor);
  if (major !== floorMajor) return false;
  if (operator === "~") return minor === floorMinor;
  // SemVer 2.0.0 §4: below 1.0.0 anything may break.
  if (major > 0) return true;
  return minor === floorMinor && (minor > 0 || patch === floorPatch);
}

/** Order of two versions: negative where `a` comes first (SemVer 2.0.0 §11). */
export function compareVersions(a: string, b: string): number {
  const [left, right] = [numbers(a), numbers(b)];
  for (const [index, value] of left.entries()) {
    const difference = value - Number(right[index]);
    if (difference !== 0) return difference;
  }
  return comparePrereleases(VERSION.exec(a)?.[1], VERSION.exec(b)?.[1]);
}

function comparePrereleases(a: string | undefined, b: string | undefined): number {
  if (a === undefined || b === undefined) return (a === undefined ? 1 : 0) - (b === undefined ? 1 : 0);
  const [left, right] = [a.split("."), b.split(".")];
  for (const [index, part] of left.entries()) {
    const other = right[index];
    if (other === undefined) return 1;
    if (part === other) continue;
    const [isNumber, isOtherNumber] = [/^\d+$/.test(part), /^\d+$/.test(other)];
    if (isNumber && isOtherNumber) return Number(part) - Number(other);
    if (isNumber !== isOtherNumber) return isNumber ? -1 : 1;
    return part < other ? -1 : 1;
  }
  return left.length - right.length;
}

function numbers(version: string): [number, number, number] {
  const [major, minor, patch] = version.split(/[.-]/, 3);
  return [Number(major), Number(minor), Number(patch)];
}
