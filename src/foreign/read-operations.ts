import { RuntimeError } from "../contract/errors.ts";
import { isObject } from "../contract/json.ts";
import { isPlainName } from "./adopt-schema.ts";
import { resolveObject } from "./pointer.ts";
import { textOr } from "./text-or.ts";

type Node = Readonly<Record<string, unknown>>;

/** An OpenAPI document of which no part was looked at yet. */
export type OpenApiDocument = { readonly root: Node; readonly dialect: "openapi-3.0" | "2020-12" };

/** One operation as the document has it, with what its path says for all of them. */
export type Operation = {
  readonly key: string;
  readonly method: string;
  readonly path: string;
  readonly node: Node;
  readonly parameters: readonly unknown[];
  readonly servers: unknown;
};

const METHODS = ["get", "head", "options", "post", "put", "patch", "delete"] as const;

/** @throws SPEC_INVALID for what is no OpenAPI 3.0 or 3.1 */
export function openDocument(value: unknown, source: string): OpenApiDocument {
  if (!isObject(value)) throw new RuntimeError("SPEC_INVALID", `${source}: is no OpenAPI document.`);
  const version = textOr(value["openapi"], textOr(value["swagger"], "none"));
  if (!/^3\.[01](?:\.\d+)?(?:-\S+)?$/.test(version))
    throw new RuntimeError(
      "SPEC_INVALID",
      `${source}: has the OpenAPI version ${JSON.stringify(version.slice(0, 20))}; 3.0 and 3.1 can be imported.`,
    );
  return { root: value, dialect: version.startsWith("3.0") ? "openapi-3.0" : "2020-12" };
}

/** Every operation, in the document's order; it is called by its operationId, else by method and path. */
export function operationsOf({ root }: OpenApiDocument): Operation[] {
  const paths = isObject(root["paths"]) ? Object.entries(root["paths"]) : [];
  return paths.flatMap(([path, item]) => {
    const node = resolveObject(root, item);
    return METHODS.flatMap((method): Operation[] => {
      const operation = node[method];
      if (!isObject(operation)) return [];
      const { operationId } = operation;
      const isNamed = typeof operationId === "string" && operationId !== "" && isPlainName(operationId);
      return [
        {
          key: isNamed ? operationId : `${method} ${path}`,
          method: method.toUpperCase(),
          path,
          node: operation,
          parameters: [...list(node["parameters"]), ...list(operation["parameters"])],
          servers: operation["servers"] ?? node["servers"] ?? root["servers"],
        },
      ];
    });
  });
}

/** The address that the paths of an operation follow. @throws SPEC_INVALID where the document names none that is whole */
export function baseUrl(servers: unknown, documentUrl: string | undefined): string {
  const [first] = list(servers);
  const server = isObject(first) ? first : { url: "/" };
  const variables = isObject(server["variables"]) ? server["variables"] : {};
  const text = textOr(server["url"], "/").replaceAll(/\{([^{}]+)\}/g, (_, name: string) => {
    const variable = Object.hasOwn(variables, name) ? variables[name] : undefined;
    return isObject(variable) ? textOr(variable["default"], "") : "";
  });
  const url = URL.parse(text, documentUrl);
  if (url === null)
    throw new RuntimeError(
      "SPEC_INVALID",
      `The document names the server ${JSON.stringify(text.slice(0, 100))}, which is no whole address; give it with --server.`,
    );
  if (url.protocol !== "http:" && url.protocol !== "https:")
    throw new RuntimeError("SPEC_INVALID", `The server ${url.protocol} is not reached by http or https.`);
  if (url.search !== "" || url.hash !== "" || url.username !== "" || url.password !== "")
    throw new RuntimeError(
      "SPEC_INVALID",
      "The address of the server has a query, a fragment or a password.",
    );
  return url.href.replace(/\/+$/, "");
}

function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}
