import type { RequestListener } from "node:http";

import { isObject } from "../../src/contract/json.ts";
import { follow, sample, type Schema } from "./sample.ts";

/** Of an OpenAPI document what a server needs to answer by it. */
export type OpenApi = Schema & {
  readonly paths: Record<
    string,
    Record<string, { summary?: string; readonly responses: Record<string, Schema> }>
  >;
};

/** A server that answers as an OpenAPI document says, to those who bring the token. */
export function answerBy(document: () => OpenApi, header: string, token: string): RequestListener {
  return (request, response) => {
    const { pathname } = new URL(request.url ?? "", "http://x");
    const send = (status: number, body: unknown) =>
      response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
    if (pathname === "/openapi.json") return send(200, document());
    // A server that says back what it was told must not make the token known either.
    response.setHeader("x-echo", token);
    if (request.headers[header] !== token) return send(403, { err: "no token" });
    const responses = responsesOf(document(), String(request.method).toLowerCase(), pathname);
    const good = Object.entries(responses ?? {}).find(([status]) => status.startsWith("2"))?.[1];
    if (good === undefined) return send(404, { err: "no such operation" });
    const { content } = typeof good["$ref"] === "string" ? follow(document(), good["$ref"]) : good;
    const json = isObject(content) ? content["application/json"] : undefined;
    if (!isObject(json) || !isObject(json["schema"])) return response.writeHead(200).end();
    return send(200, sample(json["schema"], document()));
  };
}

function responsesOf({ paths }: OpenApi, method: string, pathname: string) {
  const fits = Object.entries(paths).find(([template, item]) => {
    const pattern = template.replaceAll(".", "\\.").replaceAll(/\{[^}]+\}/g, "[^/]+");
    return item[method] !== undefined && new RegExp(`^${pattern}$`).test(pathname);
  });
  return fits?.[1][method]?.responses;
}
