import type { TwoLanguages } from "./two-languages.ts";

/** Files of the workspace. */
export const FILES = {
  "files.title": ["Files", "文件"],
  "files.place": ["Place", "位置"],
  "files.root": ["workspace", "工作区"],
  "files.empty": ["The directory is empty.", "目录为空。"],
  "files.choose": [
    "Choose a file to see what lies in it and what runs did to it.",
    "选择文件以查看内容和运行对它的改动。",
  ],
  "files.now": ["As it is now", "当前内容"],
  "files.then": ["As entry {seq} left it", "条目 {seq} 之后的内容"],
  "files.earlier": ["As it was before entry {seq}", "条目 {seq} 之前的内容"],
  "files.gone": ["It is not there now.", "现在不存在。"],
  "files.binary": ["No text, or too long to show: {size} bytes.", "不是文本或过长：{size} 字节。"],
  "files.history": ["History", "历史"],
  "files.history.none": ["No run has changed it.", "没有运行改动过它。"],
  "files.undo": ["taken back", "撤回"],
  "files.look": ["Look", "查看"],
  "files.restore": ["Restore", "还原"],
  "files.restore.lead": [
    "The file gets this content by a run of its own, which can be taken back too. Where somebody changed it since, nothing is touched.",
    "将通过一次独立的运行还原此内容，该运行同样可以撤回。若之后有人改动过文件，则不做任何更改。",
  ],
  "files.before": ["before that", "在此之前"],
  "image.absent": ["nothing", "不存在"],
  "image.file": ["{size} bytes", "{size} 字节"],
  "image.dir": ["directory", "目录"],
  "image.link": ["link", "链接"],
  "image.tree": ["directory with its files", "目录及其文件"],
} as const satisfies TwoLanguages;
