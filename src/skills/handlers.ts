import type { Handler } from "../contract/handler.ts";

/** The code of every capability of the standard library, by id; each is loaded when it is first asked for. */
export const HANDLERS: Readonly<Record<string, () => Promise<Handler>>> = {
  "data.base64.decode": once(() => import("./data/base64-decode.ts")),
  "data.base64.encode": once(() => import("./data/base64-encode.ts")),
  "data.csv.parse": once(() => import("./data/csv-parse.ts")),
  "data.csv.stringify": once(() => import("./data/csv-stringify.ts")),
  "data.hash.string": once(() => import("./data/hash-string.ts")),
  "data.json.get": once(() => import("./data/json-get.ts")),
  "data.json.merge": once(() => import("./data/json-merge.ts")),
  "data.json.parse": once(() => import("./data/json-parse.ts")),
  "data.json.stringify": once(() => import("./data/json-stringify.ts")),
  "data.jsonpath.query": once(() => import("./data/jsonpath-query.ts")),
  "data.uuid.generate": once(() => import("./data/uuid-generate.ts")),
  "data.yaml.parse": once(() => import("./data/yaml-parse.ts")),
  "data.yaml.stringify": once(() => import("./data/yaml-stringify.ts")),
  "io.fs.append_file": once(() => import("./fs/append-file.ts")),
  "io.fs.copy": once(() => import("./fs/copy.ts")),
  "io.fs.delete": once(() => import("./fs/delete.ts")),
  "io.fs.exists": once(() => import("./fs/exists.ts")),
  "io.fs.glob": once(() => import("./fs/glob.ts")),
  "io.fs.hash_file": once(() => import("./fs/hash-file.ts")),
  "io.fs.list_dir": once(() => import("./fs/list-dir.ts")),
  "io.fs.make_dir": once(() => import("./fs/make-dir.ts")),
  "io.fs.move": once(() => import("./fs/move.ts")),
  "io.fs.patch_file": once(() => import("./fs/patch-file.ts")),
  "io.fs.read_file": once(() => import("./fs/read-file.ts")),
  "io.fs.search": once(() => import("./fs/search.ts")),
  "io.fs.stat": once(() => import("./fs/stat.ts")),
  "io.fs.write_bytes": once(() => import("./fs/write-bytes.ts")),
  "io.fs.write_file": once(() => import("./fs/write-file.ts")),
  "io.pdf.extract_table": once(() => import("./pdf/extract-table.ts")),
  "io.pdf.extract_text": once(() => import("./pdf/extract-text.ts")),
  "math.pandas.calculate": once(() => import("./math/pandas-calculate.ts")),
  "net.http.delete": once(() => import("./net/http-delete.ts")),
  "net.http.get": once(() => import("./net/http-get.ts")),
  "net.http.post": once(() => import("./net/http-post.ts")),
  "net.http.put": once(() => import("./net/http-put.ts")),
  "sys.archive.tar": once(() => import("./archive/tar.ts")),
  "sys.archive.untar": once(() => import("./archive/untar.ts")),
  "sys.archive.unzip": once(() => import("./archive/unzip.ts")),
  "sys.archive.zip": once(() => import("./archive/zip.ts")),
  "sys.exec.run": once(() => import("./exec/run.ts")),
  "sys.info.get_env_var": once(() => import("./sys/get-env-var.ts")),
  "sys.info.get_os": once(() => import("./sys/get-os.ts")),
  "sys.info.get_time": once(() => import("./sys/get-time.ts")),
  "text.diff.unified": once(() => import("./text/diff-unified.ts")),
  "text.regex.match": once(() => import("./text/regex-match.ts")),
  "text.template.render": once(() => import("./text/template-render.ts")),
};

function once<Input>(load: () => Promise<{ readonly handler: Handler<Input> }>): () => Promise<Handler> {
  let loaded: Promise<Handler> | undefined;
  return () => {
    // The kernel validates the inputs against the contract first, which is what makes them an `Input`.
    loaded ??= load().then(({ handler }) => handler as unknown as Handler);
    return loaded;
  };
}
