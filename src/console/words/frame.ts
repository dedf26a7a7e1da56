import type { TwoLanguages } from "./two-languages.ts";

/** What stands around every view. */
export const FRAME = {
  "app.name": ["Mission Control", "任务控制台"],
  "nav.label": ["Views", "视图"],
  "nav.menu": ["Menu", "菜单"],
  "nav.skip": ["Skip to the content", "跳到正文"],
  "nav.overview": ["Overview", "总览"],
  "nav.runs": ["Runs", "运行"],
  "nav.start": ["Start a run", "发起运行"],
  "nav.approvals": ["Approvals", "审批"],
  "nav.catalogue": ["Catalogue", "目录"],
  "nav.ledger": ["Ledger", "账本"],
  "nav.files": ["Files", "文件"],
  "nav.policies": ["Policies", "策略"],
  "nav.memory": ["Skill memory", "技能记忆"],

  "signin.title": ["Sign in", "登录"],
  "signin.lead": [
    "Open the address that `airun up` prints, or paste the token here. It stays in this tab alone.",
    "请打开 `airun up` 显示的地址，或在此粘贴令牌。令牌只保存在当前标签页中。",
  ],
  "signin.token": ["Token", "令牌"],
  "signin.enter": ["Sign in", "登录"],
  "signin.refused": [
    "The server does not take that token, or it has expired.",
    "服务器不接受该令牌，或令牌已过期。",
  ],
  "signin.shape": ["A token has letters, digits and -._~+/ only.", "令牌只包含字母、数字和 -._~+/。"],
  "signin.out": ["Sign out", "退出登录"],

  "connection.live": ["Live", "实时"],
  "connection.connecting": ["Connecting…", "正在连接…"],
  "connection.broken": ["Connection lost; trying again", "连接已断开，正在重试"],

  "theme.label": ["Appearance", "外观"],
  "theme.system": ["System", "系统"],
  "theme.light": ["Light", "浅色"],
  "theme.dark": ["Dark", "深色"],
  "language.label": ["Language", "语言"],

  "state.loading": ["Loading…", "正在加载…"],
  "state.retry": ["Try again", "重试"],
  "state.more": ["Show more", "显示更多"],
  "state.unreachable": ["The server cannot be reached.", "无法连接服务器。"],
  "state.unreachable.hint": ["Is `airun up` still running?", "`airun up` 是否仍在运行？"],
  "state.nowhere": ["There is no such view.", "没有这个视图。"],

  "dialog.cancel": ["Leave it", "取消"],
  "dialog.reason": ["Reason", "理由"],
  "dialog.reason.hint": ["It is recorded in the ledger.", "理由会记入账本。"],

  "panic.stop": ["Stop everything", "全部停止"],
  "panic.title": ["Stop everything", "全部停止"],
  "panic.lead": [
    "Nothing new starts, and what is under way stops, in every process, until an admin lifts the panic.",
    "所有进程中：不再启动新的运行，正在进行的运行会停止，直到管理员解除。",
  ],
  "panic.action": ["What becomes of the runs", "对运行的处理"],
  "panic.FREEZE": ["Freeze them: they can be resumed later", "冻结：之后可以恢复"],
  "panic.CANCEL_ONLY": ["Cancel them, and keep what they did", "取消，保留已做的更改"],
  "panic.CANCEL_AND_ROLLBACK": ["Cancel them, and take back what they did", "取消，并撤回已做的更改"],
  "panic.raise": ["Stop now", "立即停止"],
  "panic.on": ["Stopped", "已停止"],
  "panic.lift": ["Lift", "解除"],
  "panic.lift.title": ["Lift the panic", "解除停止"],
  "panic.lift.lead": ["What was frozen waits until somebody resumes it.", "被冻结的运行会等待有人恢复。"],

  "time.now": ["just now", "刚刚"],
  "copy.copy": ["Copy", "复制"],
  "copy.done": ["Copied", "已复制"],
} as const satisfies TwoLanguages;
