const HEADING = /^(#{1,6}) +(.+?) *#* *$/gm;

/** One line for each heading, indented by its level; the first one of a file links to it. */
export async function run(ctx, { directory, file }) {
  const target = `${directory}/${file}`;
  const lines = [];
  let files = 0;
  for await (const { path, kind } of ctx.fs.walk(directory)) {
    if (kind !== "file" || !path.endsWith(".md") || path === target) continue;
    files++;
    const text = (await ctx.fs.read(path)).toString("utf8");
    const name = path.slice(directory.length + 1);
    for (const [index, [, marks, title]] of [...text.matchAll(HEADING)].entries())
      lines.push(`${"  ".repeat(marks.length - 1)}- ${index === 0 ? `[${title}](${name})` : title}`);
  }
  await ctx.fs.write(target, lines.map((line) => `${line}\n`).join(""));
  return { files, headings: lines.length };
}
