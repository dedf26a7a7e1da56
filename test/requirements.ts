/** Every promise of this project: what it says, and where it comes from. Each is verified by at least one test file. */
export const REQUIREMENTS = {
  "contract:canonical": "Digests are taken over canonical JSON (RFC 8785).",
  "contract:errors": "Bad input gets an error that names the field, the value, the place, and what to do.",
  "contract:older-shapes":
    "Specs, packs, facades and proposals of the older system load unchanged, or are refused with the reason.",
  "contract:validation": "Inputs and outputs are checked against the contract; unknown fields are refused.",
  "contract:registry":
    "Specs are found in the package or an override, with versions; a proposal is never executable.",
  "ledger:verified-aside": "A ledger is checked beside the event loop; what is asked meanwhile is answered.",
  "ledger:listed-at-once":
    "Runs of a status and questions to humans are found without going through all others, in older ledgers too.",
  "ledger:durable":
    "Who is told that an entry is durable can rely on it; entries of one turn share a commit.",
  "ledger:chain": "Every entry is chained by its hash; processes that write at once keep one chain.",
  "ledger:closed": "Where the ledger cannot be written, nothing runs, and the error is typed.",
  "ledger:projections": "Tables folded again from the entries equal the live ones.",
  "ledger:secrets": "No secret value lies in the ledger, its side files, logs or exports, in any encoding.",
  "ledger:erasure": "What is erased is gone, and every proof stays valid.",
  "ledger:verify":
    "Every attack on the log is detected, by the export and the public key alone where that is possible.",
  "ledger:checkpoint": "Checkpoints are signed, follow RFC 6962, and a witness sees a cut-off tail.",
  "ledger:export": "Exports are complete, safe to open, and match the ledger.",
  "workspace:paths": "No path leads out of the workspace, through any capability, also against swaps.",
  "workspace:egress": "No request reaches what is not public and listed, also by redirects and rebinding.",
  "workspace:process": "Only listed programs start, without a shell, and end with their step.",
  "workspace:leases":
    "Runs that change the same paths wait for each other; deadlocks end; no update is lost.",
  "undo:exact": "Undo brings back content, mode, time, links and trees; redo brings the effects back.",
  "undo:crash": "Killed at any point of do, undo or recovery, it is done or it never happened.",
  "undo:conflict": "Undo never destroys what somebody else changed since.",
  "undo:retention": "What is kept for undo is kept as long as was promised.",
  "workflow:spec": "A spec's errors are all reported at once, with file, line and column.",
  "workflow:semantics": "Every field and step type does what is documented.",
  "workflow:total": "The state machine has a decision for every event in every state.",
  "workflow:fold": "A run's state is the fold of its entries.",
  "workflow:templates": "Templates and expressions are exact, bounded and never evaluated twice.",
  "workflow:plan": "A plan shows what a run would do, and touches nothing.",
  "workflow:recovery": "Another process finishes what a dead one left.",
  "stdlib:contract": "Every capability of the standard library keeps its contract; its examples run.",
  "stdlib:hostile": "Hostile input to the standard library ends in a typed error, in time.",
  "import:proposals":
    "What others made comes in as a proposal alone; once approved it is called through the chain, and undone.",
  "import:derived":
    "A contract is derived from what the runtime can enforce, never from what the other side says about itself.",
  "import:drift": "A foreign tool that is not as it was approved is not called, and its pack is suspended.",
  "import:hostile": "Hostile documents and servers end in a typed error, in time, and with no effect.",
  "import:secrets": "A secret goes to the place it is kept for, and nowhere else is it ever seen.",
  "cli:commands":
    "Every command does what its help says, with exit codes, one JSON document, and no escape codes in a pipe.",
  "cli:launcher": "One command works on an older Node, from a checkout and when installed.",
  "scale:chaos":
    "Of 100 runs with seed 1337, 56 fail, 56 are rolled back and 56 files are gone; the same where processes are killed.",
  "scale:thousand": "A thousand runs at once complete, and give back what they held.",
  "conditions:bad":
    "Full disk, read-only directory, locked or corrupt database: a typed error, nothing half done, the next start works.",
  "governance:chain":
    "Nothing runs that is not in an ACTIVE pack, to the byte as it was approved; drift suspends what was approved.",
  "governance:red-line":
    "Through every surface, what is not ACTIVE, approved, unchanged and one's own is refused, and nothing happened.",
  "governance:packs":
    "A pack or facade is installed, signed, frozen and reinstated as what was approved, to the byte.",
  "governance:offers": "People and agents see exactly what they may ask for now.",
  "governance:approvers":
    "Proposer and approver differ, agents approve nothing, a CRITICAL risk needs two persons.",
  "control:operations":
    "Everything an operator does in a workspace can be done over HTTP, by the same path as on the command line.",
  "control:openapi":
    "Every operation keeps to its description, whatever it is sent: no fault, no stack, no path of the machine.",
  "control:tokens":
    "Only a valid token of the right role gets through, and what it does is its person's in the ledger.",
  "control:edge":
    "Foreign hosts and origins, odd bodies and unknown fields are refused before anything is done.",
  "control:events":
    "Readers of events miss nothing and get nothing twice, also over a restart; one that hangs costs no memory.",
  "control:approvals":
    "What waits for a human is listed and shown over REST, and an answer there holds for what was shown alone.",
  "control:restore":
    "One file gets an earlier content back by a run of its own, and what somebody else changed since stays.",
  "control:catalogue":
    "Who a token stands for, what may be run with which inputs, and what it would do are told before it is done.",
  "control:chain": "Whoever reads the chain over REST can verify it without anything of ours.",
  "control:traces":
    "Runs and the stages of their calls are spans under the caller's, without anything secret; nothing where nobody looks.",
  "control:once": "A request with an Idempotency-Key has one effect, also after a restart.",
  "control:up": "One server holds a workspace, says who holds what it cannot have, and stops without loss.",
  "control:older": "The endpoints of the older control API answer with their bodies, filled in truly.",
  "console:works":
    "What operators do, they do in a browser: watch, decide, take back, prove; in two languages.",
  "console:verifies":
    "The browser itself finds a ledger that was changed, made again, cut off or is under another key.",
  "console:closed": "The console's page runs its own code alone, and asks nothing but its own server.",
  "sandbox:handlers":
    "The code of a pack reaches nothing but its context; what it tries beyond that or its contract is taken back, and suspends it.",
  "governance:handshake":
    "An approval is shown as it would run, answered by whom the rules allow, and counts for exactly that call, once, in time.",
  "bridge:record":
    "Every command of the bridge prints exactly one JSON record, whatever happens, and its category decides the exit code.",
  "bridge:control": "A run is resumed, cancelled and rolled back from any process, also after a kill.",
  "mcp:tools":
    "An MCP client sees what its principal may ask for as tools, and calls run through the one path.",
  "mcp:http":
    "Over HTTP, MCP clients of both revisions are served behind the same checks as Mission Control, each for its own principal.",
  "mcp:conformance":
    "Every server scenario that the conformance suite requires of 2026-07-28 and 2025-11-25, and those of tasks, pass through the governed engine.",
  "mcp:handshake":
    "A person confirms in a form of their client what they may confirm themselves, and nothing else; a yes counts for that call alone, once.",
  "mcp:tasks":
    "A call that takes long or waits is a task of its caller: it survives a restart, asks through the client, and is taken back when it is cancelled.",
  "mcp:once":
    "A call that is called off is taken back, and one that is made again under its key has one effect.",
  "mcp:sources":
    "Resources and prompts show a caller's own runs and what they may ask for, and nothing of anybody else's.",
  "mcp:connect":
    "An assistant is connected by one command, which keeps what lies in its configuration and writes no token there.",
  "mcp:tokens":
    "A token that is not valid, not for this server, used up or of another role opens no MCP, and says where to get one that is.",
  "hooks:governor":
    "A governor is asked on every path, and what it does not answer well and in time is answered by the fail mode.",
  "governance:panic":
    "A panic stops everything of its scope in every process, what was done can be taken back, and only an admin lifts it.",
  "governance:constitution":
    "Every call is decided by the policy set in force: default deny, forbid wins, an error is a denial, and a session is held against what it read.",
  "governance:replay":
    "Every decision can be derived again from the ledger; a changed policy, decision or argument is found.",
  "governance:aarm": "The technical tests of AARM v1.0 that the reference page claims.",
  "aegis:quest":
    "A quest becomes the same plan each time, with the reasons for each step, or is refused with every reason; it runs as planned, held to its constraints.",
  "aegis:constitution":
    "Before anything runs, the policies themselves say what they would refuse in a workflow, with rule, step, place and remedy.",
  "aegis:memory":
    "Skill memory suggests what the ledger speaks for and nothing else; a suggestion is a proposal, and changes nothing.",
  "dist:package": "The packed artefact works without install scripts.",
  "docs:true": "Examples run, references are generated, links lead somewhere.",
  "house:order": "Folders import only downwards; no file is longer than 400 lines.",
} as const;

export type RequirementId = keyof typeof REQUIREMENTS;

/** Says which promises a test file verifies. The gate in `requirements.test.ts` reads these calls. */
export function verifies(..._ids: readonly [RequirementId, ...RequirementId[]]): void {}
