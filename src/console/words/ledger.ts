import type { TwoLanguages } from "./two-languages.ts";

/** The ledger and its verification. */
export const LEDGER = {
  "ledger.title": ["Ledger", "账本"],
  "ledger.type": ["Type of entry", "条目类型"],
  "ledger.type.all": ["All types", "所有类型"],
  "ledger.none": ["No entry is of this type.", "没有此类型的条目。"],
  "ledger.entry": ["Entry {seq}", "条目 {seq}"],
  "ledger.back": ["All entries", "全部条目"],
  "ledger.bytes": ["As the chain has it", "链中的原文"],
  "ledger.before": ["Before", "上一条"],
  "ledger.after": ["After", "下一条"],

  "verify.title": ["Verification", "验证"],
  "verify.lead": [
    "This browser computes the ledger again from its bytes, with its own cryptography; nothing is taken on the server's word but which key is yours.",
    "浏览器用自身的密码学从原始字节重新计算账本；除密钥归属外，不采信服务器的任何说法。",
  ],
  "verify.start": ["Verify here", "在此验证"],
  "verify.running": ["{n} of {all} entries", "{n} / {all} 个条目"],
  "verify.good": ["The ledger is whole: {n} entries.", "账本完整：{n} 个条目。"],
  "verify.bad": ["The ledger is not as it must be.", "账本与应有状态不符。"],
  "verify.chain": ["Each entry is chained to the one before by its hash", "每个条目都以哈希链接到上一条"],
  "verify.canonical": ["Each entry is canonical JSON and has its number", "每个条目都是规范 JSON 且编号正确"],
  "verify.texts": ["Long texts beside the chain are those that it names", "链外长文本与链中记录一致"],
  "verify.checkpoint": [
    "The tree has the root that was signed, for {n} entries",
    "哈希树根与签名一致，覆盖 {n} 个条目",
  ],
  "verify.checkpoint.none": ["Nothing is signed yet", "尚未签名"],
  "verify.keys": ["It is signed by the ledger's own key", "由账本自身的密钥签名"],
  "verify.seen": [
    "All that this browser saw before is still there: {n} entries, {when}",
    "此浏览器以前见过的内容仍在：{n} 个条目，{when}",
  ],
  "verify.seen.first": [
    "Remembered from now on, so that a cut-off or rewritten ledger is noticed here",
    "从现在起记住，以便发现被截断或改写的账本",
  ],
  "verify.fault": ["Entry {seq}", "条目 {seq}"],
  "verify.fault.whole": ["The whole", "整体"],
  "verify.forget": ["Forget what was seen before", "忘记以前所见"],
  "verify.insecure": [
    "The browser's cryptography works on https and on this machine's own address only.",
    "浏览器的密码学功能仅在 https 或本机地址下可用。",
  ],
  "verify.key": ["Key", "密钥"],
  "verify.root": ["Root", "树根"],
  "verify.head": ["Head", "链头"],

  "proof.title": ["Proof that it belongs to the ledger", "归属证明"],
  "proof.start": ["Prove it here", "在此证明"],
  "proof.text": ["The bytes that are proved", "被证明的原文"],
  "proof.hash": ["Its hash follows from its bytes and the hash before", "其哈希由自身字节与上一哈希得出"],
  "proof.inclusion": [
    "{n} hashes lead from it to the root of {size} entries",
    "{n} 个哈希将其连到 {size} 个条目的树根",
  ],
  "proof.signature": ["The root is signed by the ledger's key", "树根由账本密钥签名"],
} as const satisfies TwoLanguages;
