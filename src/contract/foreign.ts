import { z } from "zod";

/** The name under which the secret broker keeps a value. */
export const SecretName = z.string().regex(/^[A-Z][A-Z0-9_]{0,63}$/, "must look like GITHUB_TOKEN");

const SHA256 = z.string().regex(/^[0-9a-f]{64}$/, "must be a SHA-256 in hex");

/** A secret that the runtime puts into a header of each request to the contract's own origin. */
export const HeaderSecret = z.lazy(() =>
  z.strictObject({
    name: SecretName,
    header: z.string().regex(/^[a-z0-9_-]+$/, "must be a header name in lower case"),
    scheme: z
      .enum(["raw", "bearer", "basic"])
      .describe("raw: as it is. bearer: after `Bearer `. basic: `user:password`, encoded."),
  }),
);
export type HeaderSecret = z.output<typeof HeaderSecret>;

const tool = () => ({
  tool: z.string().min(1).describe("Name that the server knows the tool by."),
  definition: SHA256.describe("Of the tool as it was approved: name, texts, schemas and annotations."),
});

const Parameter = z.lazy(() =>
  z.strictObject({
    input: z.string().describe("Name of the input."),
    name: z.string().describe("Name that the other side knows it by."),
    in: z.enum(["path", "query", "header"]),
    style: z.enum(["simple", "form", "spaceDelimited", "pipeDelimited", "deepObject", "json"]),
    explode: z.boolean(),
  }),
);
export type Parameter = z.output<typeof Parameter>;

/** The other side that does what a contract says: the runtime calls it, and no code comes with the contract. */
export const Foreign = z.lazy(() =>
  z.discriminatedUnion("kind", [
    z.strictObject({
      kind: z.literal("mcp-stdio").describe("A program that speaks MCP on its standard input and output."),
      command: z.string().regex(/^\//, "must be an absolute path"),
      args: z.array(z.string()).default([]),
      readable: z
        .array(z.string().regex(/^\//, "must be an absolute path"))
        .default([])
        .describe("What of this machine the program sees besides the system, read-only."),
      env: z.array(SecretName).default([]).describe("Secrets that it gets as environment variables."),
      ...tool(),
    }),
    z.strictObject({
      kind: z.literal("mcp-http").describe("A server that speaks MCP over Streamable HTTP."),
      url: z.url(),
      secret: HeaderSecret.optional(),
      ...tool(),
    }),
    z.strictObject({
      kind: z.literal("http").describe("One operation of an HTTP API."),
      method: z.enum(["GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE"]),
      url: z
        .string()
        .regex(/^https?:\/\//, "must be an absolute URL")
        .describe("With `{name}` for each parameter of the path."),
      parameters: z.array(Parameter).default([]),
      headers: z.record(z.string(), z.string()).default({}).describe("Sent with every request."),
      body: z.strictObject({ input: z.string(), media_type: z.string() }).optional(),
      secret: HeaderSecret.optional(),
    }),
  ]),
);
export type Foreign = z.output<typeof Foreign>;
export type ForeignOf<Kind extends Foreign["kind"]> = Extract<Foreign, { readonly kind: Kind }>;
