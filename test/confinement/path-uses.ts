/** A field of a capability that names a path. */
export type Use = {
  readonly id: string;
  readonly field: string;
  /** The directory of the run itself is a legal value. */
  readonly takesRoot?: true;
  /** The outcome where the path is a pipe, a socket or a device; unless told, it is refused. */
  readonly ofSpecial?: object;
  readonly inputs: (path: string) => Record<string, unknown>;
};

const PATCH = "--- a\n+++ b\n@@ -1 +1 @@\n-inside\n+patched\n";

/** Every one of the standard library. */
export const USES: readonly Use[] = [
  { id: "io.fs.read_file", field: "path", inputs: (path) => ({ path }) },
  { id: "io.fs.hash_file", field: "path", inputs: (path) => ({ path }) },
  { id: "io.fs.write_file", field: "path", inputs: (path) => ({ path, content: "x" }) },
  {
    id: "io.fs.write_file",
    field: "file_path",
    inputs: (file_path) => ({ file_path, content: "x", create_dirs: true }),
  },
  {
    id: "io.fs.write_bytes",
    field: "path",
    inputs: (path) => ({ path, content_base64: "YQ==", overwrite: true, create_dirs: true }),
  },
  { id: "io.fs.append_file", field: "path", inputs: (path) => ({ path, content: "x" }) },
  { id: "io.fs.patch_file", field: "path", inputs: (path) => ({ path, patch: PATCH }) },
  {
    id: "io.fs.list_dir",
    field: "path",
    takesRoot: true,
    ofSpecial: { code: "FILE_NOT_FOUND" },
    inputs: (path) => ({ path, recursive: true, include_hidden: true }),
  },
  { id: "io.fs.make_dir", field: "path", inputs: (path) => ({ path, parents: true, exist_ok: false }) },
  { id: "io.fs.delete", field: "path", inputs: (path) => ({ path, recursive: true }) },
  {
    id: "io.fs.exists",
    field: "path",
    takesRoot: true,
    ofSpecial: { value: { exists: true, is_dir: false, is_file: false } },
    inputs: (path) => ({ path }),
  },
  {
    id: "io.fs.stat",
    field: "path",
    takesRoot: true,
    ofSpecial: { value: { type: "other", size: 0 } },
    inputs: (path) => ({ path }),
  },
  { id: "io.fs.move", field: "source", inputs: (source) => ({ source, destination: "new" }) },
  {
    id: "io.fs.move",
    field: "destination",
    inputs: (destination) => ({ source: "inside.txt", destination, overwrite: true }),
  },
  { id: "io.fs.copy", field: "source", inputs: (source) => ({ source, destination: "new" }) },
  {
    id: "io.fs.copy",
    field: "destination",
    inputs: (destination) => ({ source: "inside.txt", destination, overwrite: true }),
  },
  {
    id: "io.fs.glob",
    field: "path",
    takesRoot: true,
    ofSpecial: { code: "FILE_NOT_FOUND" },
    inputs: (path) => ({ path, pattern: "**", include_hidden: true }),
  },
  {
    id: "io.fs.search",
    field: "path",
    takesRoot: true,
    ofSpecial: { code: "FILE_NOT_FOUND" },
    inputs: (path) => ({ path, query: "e", include_hidden: true }),
  },
  {
    id: "sys.archive.zip",
    field: "source_paths",
    takesRoot: true,
    inputs: (path) => ({ source_paths: [path], output_path: "new.zip" }),
  },
  {
    id: "sys.archive.zip",
    field: "output_path",
    inputs: (output_path) => ({ source_paths: ["inside.txt"], output_path }),
  },
  {
    id: "sys.archive.tar",
    field: "source_paths",
    takesRoot: true,
    inputs: (path) => ({ source_paths: [path], output_path: "new.tar" }),
  },
  {
    id: "sys.archive.tar",
    field: "output_path",
    inputs: (output_path) => ({ source_paths: ["inside.txt"], output_path }),
  },
  {
    id: "sys.archive.unzip",
    field: "archive_path",
    inputs: (archive_path) => ({ archive_path, output_dir: "new" }),
  },
  {
    id: "sys.archive.unzip",
    field: "output_dir",
    takesRoot: true,
    ofSpecial: { code: "ALREADY_EXISTS" },
    inputs: (output_dir) => ({ archive_path: "a.zip", output_dir, overwrite: true }),
  },
  {
    id: "sys.archive.untar",
    field: "archive_path",
    inputs: (archive_path) => ({ archive_path, output_dir: "new" }),
  },
  {
    id: "sys.archive.untar",
    field: "output_dir",
    takesRoot: true,
    ofSpecial: { code: "ALREADY_EXISTS" },
    inputs: (output_dir) => ({ archive_path: "a.tar", output_dir, overwrite: true }),
  },
  { id: "io.pdf.extract_table", field: "pdf_path", inputs: (pdf_path) => ({ pdf_path }) },
  { id: "io.pdf.extract_text", field: "pdf_path", inputs: (pdf_path) => ({ pdf_path }) },
];
