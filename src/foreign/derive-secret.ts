import type { HeaderSecret } from "../contract/foreign.ts";
import { textOr } from "./text-or.ts";

/** The secret that a security scheme of OpenAPI asks for; `undefined` where it could not go into a header. */
export function secretFor(
  packName: string,
  schemeName: string,
  scheme: Readonly<Record<string, unknown>>,
): HeaderSecret | undefined {
  const name = secretName(`${packName}_${schemeName}`);
  const kind = textOr(scheme["type"], "");
  if (kind === "apiKey") {
    const header = textOr(scheme["name"], "").toLowerCase();
    return scheme["in"] === "header" && /^[a-z0-9_-]{1,64}$/.test(header)
      ? { name, header, scheme: "raw" }
      : undefined;
  }
  const spoken = kind === "http" ? textOr(scheme["scheme"], "").toLowerCase() : "bearer";
  if (kind !== "http" && kind !== "oauth2" && kind !== "openIdConnect") return undefined;
  return spoken === "bearer" || spoken === "basic"
    ? { name, header: "authorization", scheme: spoken }
    : undefined;
}

/** A text as the name of a secret. */
export function secretName(text: string): string {
  return (
    text
      .toUpperCase()
      .replaceAll(/[^A-Z0-9]+/g, "_")
      .replaceAll(/^[_0-9]+|_+$/g, "")
      .slice(0, 64) || "SECRET"
  );
}
