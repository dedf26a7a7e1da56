/** Words of goals that say nothing about what is meant. */
const EMPTY_WORDS = new Set(
  "a an and as at by for from i in into is it its me my of on or our please that the then this to we with you your do does what which some all 的 了 我 我的 请 帮 一下 个 把 将 在 里 中 和 与 并 到 为 对 从 这 那 是 有 要 给 它 其 这个 那个 一个 所有".split(
    " ",
  ),
);

/** Chinese words, and other words for the same, as the words of contracts. */
const SAME: Readonly<Record<string, string>> = {
  读取: "read",
  读: "read",
  打开: "read",
  写入: "write",
  写: "write",
  保存: "write",
  save: "write",
  store: "write",
  追加: "append",
  添加: "append",
  删除: "delete",
  移除: "delete",
  remove: "delete",
  复制: "copy",
  拷贝: "copy",
  移动: "move",
  重命名: "move",
  rename: "move",
  创建: "make",
  新建: "make",
  create: "make",
  列出: "list",
  列表: "list",
  搜索: "search",
  查找: "find",
  查询: "find",
  文件: "file",
  文件夹: "directory",
  folder: "directory",
  目录: "directory",
  计算: "compute",
  calculate: "compute",
  哈希: "hash",
  哈希值: "hash",
  校验: "hash",
  checksum: "hash",
  digest: "hash",
  抓取: "get",
  获取: "get",
  下载: "get",
  fetch: "get",
  download: "get",
  网页: "url",
  网址: "url",
  page: "url",
  website: "url",
  address: "url",
  提取: "extract",
  文本: "text",
  文字: "text",
  表格: "table",
  解析: "parse",
  压缩: "zip",
  打包: "zip",
  compress: "zip",
  解压: "unzip",
  时间: "time",
  当前: "present",
  current: "present",
  now: "present",
  系统: "system",
  操作系统: "operating",
  os: "operating",
  环境变量: "environment",
  变量: "variable",
  渲染: "render",
  模板: "template",
  fill: "render",
  比较: "diff",
  差异: "diff",
  compare: "diff",
  difference: "diff",
  生成: "generate",
  编码: "encode",
  解码: "decode",
  合并: "merge",
  运行: "run",
  执行: "run",
  程序: "program",
  命令: "program",
  command: "program",
  统计: "aggregate",
  汇总: "aggregate",
  发送: "send",
  提交: "post",
  上传: "put",
  upload: "put",
  存在: "exists",
  正则: "regex",
  expression: "regex",
  identifier: "uuid",
  标识: "uuid",
};

const WORDS = new Intl.Segmenter("zh", { granularity: "word" });

/** The words of a text that carry meaning, each in one form, whichever of the two languages it is in. */
export function meaningOf(text: string): string[] {
  const words: string[] = [];
  for (const { segment, isWordLike } of WORDS.segment(text.normalize("NFKC").toLowerCase())) {
    if (isWordLike !== true) continue;
    for (const word of segment.split(/[_.-]/)) {
      const same = SAME[word] ?? SAME[stem(word)] ?? stem(word);
      if (word !== "" && !EMPTY_WORDS.has(word)) words.push(same);
    }
  }
  return words;
}

/** Plurals and the third person are the same word. */
function stem(word: string): string {
  if (!/^[a-z]+$/.test(word) || word.length < 4) return word;
  if (word.endsWith("ies")) return `${word.slice(0, -3)}y`;
  if (/(?:ch|sh|ss|x|z)es$/.test(word)) return word.slice(0, -2);
  return word.endsWith("s") && !word.endsWith("ss") ? word.slice(0, -1) : word;
}
