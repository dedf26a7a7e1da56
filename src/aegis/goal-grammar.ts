import type { LexedGoal, Literal } from "./lex-goal.ts";

/** What fills an input: a value that the goal holds, or words that name something known before. */
export type Filling =
  | {
      readonly value: unknown;
      /** Not in the goal: the sentence form brings it. */
      readonly from?: "form";
    }
  | { readonly reference: string };

/** One call that a goal asks for. */
export type Draft = {
  readonly capability: string;
  readonly inputs: Readonly<Record<string, Filling>>;
  /** The sentence form that it was read by. */
  readonly phrase: string;
};

type Slots = Readonly<Record<string, string | undefined>>;
type Rule = {
  readonly phrase: string;
  readonly forms: readonly RegExp[];
  readonly calls: (slots: Filled) => readonly Omit<Draft, "phrase">[] | undefined;
};

/** The slots of a sentence that fitted a form. */
type Filled = {
  readonly text: () => Filling | undefined;
  readonly path: (slot: string) => Filling | undefined;
  readonly paths: () => Filling | undefined;
  readonly url: () => Filling | undefined;
};

// More than one is ambiguous already, and each clause may double them.
const MAX_READINGS = 16;

/**
 * The readings of a goal by the sentence forms of English and Chinese, no two alike: each a list of calls in order. A
 * goal of several clauses ("fetch … and save it as …") is read clause by clause where it is no sentence as a whole.
 */
export function readGoal(goal: LexedGoal): readonly (readonly Draft[])[] {
  const whole = readClause(goal.text, goal.literals);
  if (whole.length > 0) return whole;
  const clauses = clausesOf(goal);
  if (clauses.length < 2) return [];
  return clauses
    .map((clause) => readClause(clause.text, goal.literals))
    .reduce<readonly (readonly Draft[])[]>(
      (before, readings) =>
        before.flatMap((first) => readings.map((second) => [...first, ...second])).slice(0, MAX_READINGS),
      [[]],
    );
}

/** The clauses of a goal, each as a goal of its own. */
export function clausesOf({ text, literals }: LexedGoal): readonly LexedGoal[] {
  return text
    .split(BETWEEN_CLAUSES)
    .map((clause) => clause.replace(/^(?:please |请)/, "").trim())
    .filter((clause) => clause !== "")
    .map((clause) => ({
      text: clause,
      literals: new Map([...literals].filter(([mark]) => clause.includes(mark))),
    }));
}

const BETWEEN_CLAUSES =
  /, and then |, then | and then | then |, and | and |\. |; |, |,?(?:然后再?|接着|并且|并|再)/;

function readClause(text: string, literals: LexedGoal["literals"]): (readonly Draft[])[] {
  const readings = RULES.flatMap(({ phrase, forms, calls }) => {
    const match = forms.map((form) => form.exec(text)).find((found) => found !== null);
    if (match === undefined || match === null) return [];
    const drafts = calls(filled(match.groups ?? {}, literals));
    return drafts === undefined ? [] : [drafts.map((draft) => ({ ...draft, phrase }))];
  });
  return distinct(readings);
}

function distinct(readings: readonly (readonly Draft[])[]): (readonly Draft[])[] {
  const byContent = new Map(
    readings.map((drafts) => [
      JSON.stringify(drafts.map(({ capability, inputs }) => [capability, inputs])),
      drafts,
    ]),
  );
  return [...byContent.values()];
}

function filled(slots: Slots, literals: ReadonlyMap<string, Literal>): Filled {
  const literal = (slot: string): Literal | undefined => literals.get((slots[slot] ?? "").trim());
  return {
    text: () => {
      const found = literal("text");
      if (found !== undefined) return found.kind === "quoted" ? { value: found.value } : undefined;
      return { reference: (slots["ref"] ?? "it").trim() };
    },
    path: (slot) => {
      const found = literal(slot);
      return found === undefined || found.kind === "url" ? undefined : { value: found.value };
    },
    paths: () => {
      const found = Array.from(slots["many"] ?? "", (each) => literals.get(each)).filter(
        (each) => each !== undefined,
      );
      if (found.length === 0 || found.some(({ kind }) => kind === "url")) return undefined;
      return { value: found.map(({ value }) => value) };
    },
    url: () => {
      const found = literal("url");
      return found === undefined || !/^https?:\/\//i.test(found.value) ? undefined : { value: found.value };
    },
  };
}

const L = String.raw`[\u{E000}-\u{F8FF}]`;
const MANY = String.raw`(?<many>${L}(?:(?:, and | and |, | |,|和|与|及|、)${L})*)`;
const TEXT = `(?:(?:the )?(?:text |words? |line )?(?<text>${L})|(?<ref>it|this|that|(?:the|its) [a-z][a-z0-9_ -]{0,40}))`;
const FILE = "(?:the |a )?(?:new )?(?:text )?(?:file |path )?(?:named |called )?";
const DIRECTORY = "(?:the |a )?(?:new )?(?:directory|folder)(?: named| called)? ";
const ZH_TEXT = String.raw`(?:文本|文字|内容|一行)?(?:(?<text>${L})|(?<ref>[\p{Script=Han}a-z0-9_]{1,20}?))`;

const form = (source: string): RegExp => new RegExp(`^${source}$`, "u");
/** A slot for one literal, by its name. */
const slot = (name: string): string => `(?<${name}>${L})`;

function one(
  capability: string,
  inputs: Readonly<Record<string, Filling | undefined>>,
): readonly Omit<Draft, "phrase">[] | undefined {
  const given: Record<string, Filling> = {};
  for (const [name, filling] of Object.entries(inputs)) {
    if (filling === undefined) return undefined;
    given[name] = filling;
  }
  return [{ capability, inputs: given }];
}

const YES = { value: true, from: "form" } as const;

const RULES: readonly Rule[] = [
  {
    phrase: "write TEXT to PATH",
    forms: [
      form(`(?:write|save|put|store) ${TEXT} (?:in|into|to|as) ${FILE}${slot("path")}`),
      form(`(?:write|save|store) (?:in|into|to|as) ${FILE}${slot("path")}`),
      form(
        `(?:create|make|write) ${FILE}${slot("path")} (?:with|containing) (?:the )?(?:text |content )?${TEXT}`,
      ),
      form(
        `(?:把|将)${ZH_TEXT}(?:写入|写到|写进|保存到|保存为|保存在|存到|存为|存入)(?:文件)?${slot("path")}(?:文件)?(?:里面|里|中)?`,
      ),
      form(`(?:保存|写入|写到|存)(?:为|到|在)?(?:文件)?${slot("path")}(?:里|中)?`),
      form(`写入${ZH_TEXT}到(?:文件)?${slot("path")}`),
      form(`(?:创建|新建)文件${slot("path")},? ?(?:内容)(?:为|是)${ZH_TEXT}`),
      form(`(?:在|往)(?:文件)?${slot("path")}(?:里|中)?写入${ZH_TEXT}`),
    ],
    calls: ({ text, path }) =>
      one("io.fs.write_file", { path: path("path"), content: text(), create_dirs: YES }),
  },
  {
    phrase: "append TEXT to PATH",
    forms: [
      form(`(?:append|add) ${TEXT} to (?:the end of )?${FILE}${slot("path")}`),
      form(`(?:把|将)${ZH_TEXT}(?:追加|添加)到(?:文件)?${slot("path")}(?:的?末尾|后面|里|中)?`),
    ],
    calls: ({ text, path }) => one("io.fs.append_file", { path: path("path"), content: text() }),
  },
  {
    phrase: "read PATH",
    forms: [
      form(`(?:read|open|load) (?:the )?(?:text of |contents? of )?${FILE}${slot("path")}`),
      form(`(?:读取|读入|读|打开)(?:文件)?${slot("path")}(?:的内容)?`),
    ],
    calls: ({ path }) => one("io.fs.read_file", { path: path("path") }),
  },
  {
    phrase: "fetch URL",
    forms: [
      form(`(?:fetch|get|download|read) (?:the )?(?:page |url |address )?(?:at |from |of )?${slot("url")}`),
      form(`(?:抓取|获取|下载|读取|访问)(?:网页|网址|页面|链接)?${slot("url")}(?:的内容)?`),
    ],
    calls: ({ url }) => one("net.http.get", { url: url() }),
  },
  {
    phrase: "fetch URL and save it as PATH",
    forms: [
      form(
        `(?:fetch|get|download) (?:the )?(?:page |url |address )?(?:at |from )?${slot("url")} (?:as|to|into) ${FILE}${slot("path")}`,
      ),
      form(`(?:把|将)(?:网页|网址|页面)?${slot("url")}(?:下载|保存)(?:到|为)(?:文件)?${slot("path")}`),
    ],
    calls: ({ url, path }) => {
      const get = one("net.http.get", { url: url() });
      const write = one("io.fs.write_file", {
        path: path("path"),
        content: { reference: "it" },
        create_dirs: YES,
      });
      return get === undefined || write === undefined ? undefined : [...get, ...write];
    },
  },
  {
    phrase: "post TEXT to URL",
    forms: [
      form(`(?:post|send) ${TEXT} to (?:the )?(?:url |address )?${slot("url")}`),
      form(`(?:把|将)${ZH_TEXT}(?:发送|提交|上传)到(?:网址)?${slot("url")}`),
    ],
    calls: ({ text, url }) => one("net.http.post", { url: url(), body: text() }),
  },
  {
    phrase: "hash PATH",
    forms: [
      form(`(?:hash|checksum) (?:the )?(?:file )?${slot("path")}`),
      form(
        `(?:compute|calculate|take|get) the (?:sha-?256(?: hash)?|hash|checksum|digest) of ${FILE}${slot("path")}`,
      ),
      form(
        `(?:计算|求|算出|算)(?:文件)?${slot("path")}的? ?(?:sha-?256)?(?:哈希值|哈希|校验和|散列值|摘要|sha-?256)`,
      ),
    ],
    calls: ({ path }) => one("io.fs.hash_file", { path: path("path") }),
  },
  {
    phrase: "copy PATH to PATH",
    forms: [
      form(`copy ${FILE}${slot("from")} (?:to|into|as) ${FILE}${slot("to")}`),
      form(`(?:把|将)(?:文件|目录)?${slot("from")}(?:复制|拷贝)(?:到|为|成)${slot("to")}`),
      form(`(?:复制|拷贝)(?:文件|目录)?${slot("from")}到${slot("to")}`),
    ],
    calls: ({ path }) => one("io.fs.copy", { source: path("from"), destination: path("to") }),
  },
  {
    phrase: "move PATH to PATH",
    forms: [
      form(`(?:move|rename) ${FILE}${slot("from")} (?:to|into|as) ${FILE}${slot("to")}`),
      form(`(?:把|将)(?:文件|目录)?${slot("from")}(?:移动|移|改名|重命名)(?:到|为|成)${slot("to")}`),
      form(`(?:移动|重命名)(?:文件|目录)?${slot("from")}(?:到|为)${slot("to")}`),
    ],
    calls: ({ path }) => one("io.fs.move", { source: path("from"), destination: path("to") }),
  },
  {
    phrase: "delete PATH",
    forms: [
      form(`(?:delete|remove) (?:the )?(?:file |directory |folder )?${slot("path")}`),
      form(`(?:删除|删掉|移除)(?:文件|目录|文件夹)?${slot("path")}`),
    ],
    calls: ({ path }) => one("io.fs.delete", { path: path("path") }),
  },
  {
    phrase: "make the directory PATH",
    forms: [
      form(`(?:make|create) ${DIRECTORY}${slot("path")}`),
      form(`(?:创建|新建|建立)(?:目录|文件夹)${slot("path")}`),
    ],
    calls: ({ path }) => one("io.fs.make_dir", { path: path("path"), parents: YES, exist_ok: YES }),
  },
  {
    phrase: "list PATH",
    forms: [
      form(
        `list (?:all |the )*(?:files |contents? )?(?:in |of |below )?(?:the )?(?:directory |folder )?${slot("path")}`,
      ),
      form(`列出(?:目录|文件夹)?${slot("path")}(?:里面|里|中|下)?的?(?:所有)?(?:文件|内容)?`),
    ],
    calls: ({ path }) => one("io.fs.list_dir", { path: path("path") }),
  },
  {
    phrase: "zip PATHS into PATH",
    forms: [
      form(`(?:zip|pack|compress) (?:the files? )?${MANY} (?:into|to|as) ${FILE}${slot("path")}`),
      form(`(?:把|将)(?:文件|目录)?${MANY}(?:压缩|打包)(?:到|成|为)${slot("path")}`),
    ],
    calls: ({ paths, path }) => one("sys.archive.zip", { source_paths: paths(), output_path: path("path") }),
  },
  {
    phrase: "unzip PATH into PATH",
    forms: [
      form(
        `(?:unzip|unpack|extract) ${FILE}${slot("from")} (?:into|to) (?:the )?(?:directory |folder )?${slot("to")}`,
      ),
      form(`(?:把|将)${slot("from")}解压(?:缩)?到(?:目录)?${slot("to")}`),
      form(`解压(?:缩)?${slot("from")}到(?:目录)?${slot("to")}`),
    ],
    calls: ({ path }) => one("sys.archive.unzip", { archive_path: path("from"), output_dir: path("to") }),
  },
  {
    phrase: "extract the text of the PDF PATH",
    forms: [
      form(`(?:extract|read|get) (?:the )?text (?:of|from|in) (?:the )?(?:pdf )?${slot("path")}`),
      form(`(?:提取|读取)(?:pdf)?${slot("path")}(?:里|中)?的?(?:文本|文字)`),
    ],
    calls: ({ path }) => one("io.pdf.extract_text", { pdf_path: path("path") }),
  },
  {
    phrase: "extract the tables of the PDF PATH",
    forms: [
      form(`(?:extract|read|get) (?:the )?tables? (?:of|from|in) (?:the )?(?:pdf )?${slot("path")}`),
      form(`(?:提取|读取)(?:pdf)?${slot("path")}(?:里|中)?的?表格`),
    ],
    calls: ({ path }) => one("io.pdf.extract_table", { pdf_path: path("path") }),
  },
  {
    phrase: "parse the CSV text",
    forms: [
      form("(?:parse|read) (?:(?:it|this|that) as csv|(?:the|its) csv(?: text)?)"),
      form("(?:解析|读取)(?:csv|其中的csv)"),
    ],
    calls: () => one("data.csv.parse", { csv_string: { reference: "it" } }),
  },
  {
    phrase: "get the time",
    forms: [
      form("(?:get|tell|take|find)(?: me)? (?:the )?(?:current |present )?time"),
      form("(?:获取|查询|取得|读取)?(?:当前|现在的?)时间"),
    ],
    calls: () => one("sys.info.get_time", {}),
  },
];
