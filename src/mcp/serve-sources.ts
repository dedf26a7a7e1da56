import {
  ProtocolError,
  ProtocolErrorCode,
  ResourceNotFoundError,
  type Server,
  type ServerContext,
} from "@modelcontextprotocol/server";

import type { Principal } from "../contract/principal.ts";
import type { Desk } from "./desk.ts";
import type { PromptRequest } from "./source.ts";
import { withoutFaults } from "./without-faults.ts";

const MOST_COMPLETIONS = 100;

/** What a request says about its round, besides name and arguments. */
export type Round = Pick<PromptRequest, "abilities" | "held" | "responses" | "keep">;

/** Serves resources, prompts and completions from where they come from; one that is not the caller's is not there. */
export function serveSources(
  server: Server,
  { sources, onFault }: Pick<Desk, "sources" | "onFault">,
  whoAsks: () => Principal,
  roundOf: (context: ServerContext) => Round,
): void {
  server.setRequestHandler(
    "resources/list",
    withoutFaults(onFault, async () => {
      const found = await Promise.all(
        sources.map(async ({ resources }) => (await resources?.(whoAsks())) ?? []),
      );
      return { resources: found.flat() };
    }),
  );
  server.setRequestHandler(
    "resources/templates/list",
    withoutFaults(onFault, () => ({
      resourceTemplates: sources.flatMap(({ templates = [] }) => templates),
    })),
  );
  server.setRequestHandler(
    "resources/read",
    withoutFaults(onFault, async ({ params: { uri } }) => {
      for (const { read } of sources) {
        const contents = await read?.(uri, whoAsks());
        if (contents !== undefined) return { contents };
      }
      throw new ResourceNotFoundError(uri);
    }),
  );
  server.setRequestHandler(
    "prompts/list",
    withoutFaults(onFault, async () => {
      const found = await Promise.all(sources.map(async ({ prompts }) => (await prompts?.(whoAsks())) ?? []));
      return { prompts: found.flat() };
    }),
  );
  server.setRequestHandler(
    "prompts/get",
    withoutFaults(onFault, async ({ params }, context) => {
      const request = {
        name: params.name,
        values: params.arguments ?? {},
        caller: whoAsks(),
        ...roundOf(context),
      };
      for (const { prompt } of sources) {
        const found = await prompt?.(request);
        if (found !== undefined) return found;
      }
      throw new ProtocolError(
        ProtocolErrorCode.InvalidParams,
        `There is no prompt "${params.name.slice(0, 100)}".`,
      );
    }),
  );
  server.setRequestHandler(
    "completion/complete",
    withoutFaults(onFault, async ({ params: { ref, argument } }) => {
      const of = ref.type === "ref/prompt" ? ref.name : ref.uri;
      for (const { complete } of sources) {
        const values = await complete?.(of, argument.name, argument.value, whoAsks());
        if (values !== undefined)
          return {
            completion: {
              values: values.slice(0, MOST_COMPLETIONS),
              total: values.length,
              hasMore: values.length > MOST_COMPLETIONS,
            },
          };
      }
      return { completion: { values: [], total: 0, hasMore: false } };
    }),
  );
}
