import type { Handler } from "../contract/handler.ts";

/** The code of every capability of the standard library, by id; each is loaded when it is first asked for. */
export const HANDLERS: Readonly<Record<string, () => Promise<Handler>>> = {
  "data.base64.decode": () => load(import("./data/base64-decode.ts")),
  "data.base64.encode": () => load(import("./data/base64-encode.ts")),
  "data.csv.parse": () => load(import("./data/csv-parse.ts")),
  "data.csv.stringify": () => load(import("./data/csv-stringify.ts")),
  "data.hash.string": () => load(import("./data/hash-string.ts")),
  "data.json.get": () => load(import("./data/json-get.ts")),
  "data.json.merge": () => load(import("./data/json-merge.ts")),
  "data.json.parse": () => load(import("./data/json-parse.ts")),
  "data.json.stringify": () => load(import("./data/json-stringify.ts")),
  "data.jsonpath.query": () => load(import("./data/jsonpath-query.ts")),
  "data.uuid.generate": () => load(import("./data/uuid-generate.ts")),
  "data.yaml.parse": () => load(import("./data/yaml-parse.ts")),
  "data.yaml.stringify": () => load(import("./data/yaml-stringify.ts")),
  "io.fs.delete": () => load(import("./fs/delete.ts")),
  "io.fs.hash_file": () => load(import("./fs/hash-file.ts")),
  "io.fs.move": () => load(import("./fs/move.ts")),
  "io.fs.write_file": () => load(import("./fs/write-file.ts")),
  "math.pandas.calculate": () => load(import("./math/pandas-calculate.ts")),
  "sys.info.get_env_var": () => load(import("./sys/get-env-var.ts")),
  "sys.info.get_os": () => load(import("./sys/get-os.ts")),
  "sys.info.get_time": () => load(import("./sys/get-time.ts")),
  "text.diff.unified": () => load(import("./text/diff-unified.ts")),
  "text.regex.match": () => load(import("./text/regex-match.ts")),
  "text.template.render": () => load(import("./text/template-render.ts")),
};

async function load<Input>(module: Promise<{ readonly handler: Handler<Input> }>): Promise<Handler> {
  // The kernel validates the inputs against the contract first, which is what makes them an `Input`.
  return (await module).handler as unknown as Handler;
}
