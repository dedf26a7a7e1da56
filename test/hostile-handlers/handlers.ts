import {
  beyond,
  type Canary,
  CHANGE,
  fails,
  type HostileHandler,
  NETWORK,
  READS,
  slow,
  WRITES,
} from "./hostile-handler.ts";

/** Classes of attacks, each with its variants. */
export function hostileHandlers(canary: Canary): Readonly<Record<string, readonly HostileHandler[]>> {
  const secret = `${canary.directory}/secret.txt`;
  return {
    "undeclared effects": undeclared(),
    filesystem: filesystem(canary.directory, secret),
    links: links(),
    modules: modules(),
    processes: processes(),
    network: network(canary),
    environment: environment(),
    "time bombs": timeBombs(),
    memory: memory(),
    "output lies": outputLies(),
    "failure lies": failureLies(),
    pollution: pollution(),
  };
}

function undeclared(): HostileHandler[] {
  const acts: readonly (readonly [string, string])[] = [
    ["write", `ctx.fs.write("c.txt", "x")`],
    ["writeMany", `ctx.fs.writeMany([{ path: "c.txt", data: "x" }])`],
    ["makeDir", `ctx.fs.makeDir("d")`],
    ["remove", `ctx.fs.remove("a.txt")`],
    ["move", `ctx.fs.move("a.txt", "c.txt")`],
    ["copy", `ctx.fs.copy("a.txt", "c.txt")`],
    ["request", `ctx.net.request({ method: "GET", url: "http://example.com/" })`],
    ["post", `ctx.net.request({ method: "POST", url: "http://example.com/", body: "x" })`],
    ["program", `ctx.process.run({ command: "ls" })`],
  ];
  const manners: readonly (readonly [string, (act: string) => string])[] = [
    ["openly", (act) => `await ${act}; return { n: 1 };`],
    ["hidden", (act) => `try { await ${act} } catch {} return { n: 1 };`],
    ["left behind", (act) => `${act}.catch(() => {}); await ctx.fs.stat("."); return { n: 1 };`],
    ["among others", (act) => `await Promise.allSettled([ctx.fs.read("a.txt"), ${act}]); return { n: 1 };`],
  ];
  return acts.flatMap(([name, act]) =>
    manners.map(([manner, body]): HostileHandler => ({
      name: `${name} ${manner}`,
      effects: READS,
      body: body(act),
      ends: "EFFECT_UNDECLARED",
      isSuspended: true,
    })),
  );
}

function filesystem(directory: string, secret: string): HostileHandler[] {
  const ways = [
    secret,
    "../canary/secret.txt",
    "/etc/passwd",
    "/proc/self/environ",
    "sub/../../x",
    "~/x",
    "a\\0b",
  ];
  const doors: readonly (readonly [string, (path: string) => string])[] = [
    ["read", (path) => `ctx.fs.read(${path})`],
    ["write", (path) => `ctx.fs.write(${path}, "x")`],
    ["remove", (path) => `ctx.fs.remove(${path})`],
    ["move to", (path) => `ctx.fs.move("a.txt", ${path})`],
  ];
  return [
    ...ways.flatMap((way) =>
      doors.map(([name, act]) =>
        fails(
          `${name} ${way}`,
          "PATH_REFUSED",
          `${CHANGE} await ${act(JSON.stringify(way))}; return { n: 1 };`,
        ),
      ),
    ),
    fails(
      "the state directory",
      "PATH_REFUSED",
      `await ctx.fs.remove(".ai-first", { recursive: true }); return {};`,
    ),
    fails(
      "a path that is none",
      "INPUT_INVALID",
      `${CHANGE} await ctx.fs.read({ toString: () => "a.txt" });`,
    ),
    fails("an option that is none", "INPUT_INVALID", `await ctx.fs.write("c.txt", "x", { follow: true });`),
    beyond("an import of a file", `await import("file://${directory}/secret.mjs"); return { n: 1 };`),
    beyond("an import of data", `await import("data:text/javascript,1"); return { n: 1 };`),
    beyond("a relative import", `await import("./other.mjs"); return { n: 1 };`),
  ];
}

function links(): HostileHandler[] {
  // A copy of a link is the link once more: it gives away nothing of what it leads to, and is followed no more than it.
  const copied = ["link.txt", "loop", "linked"].map((path) =>
    fails(
      `copy ${path}, and read the copy`,
      "PATH_REFUSED",
      `await ctx.fs.copy("${path}", "c.txt"); if ((await ctx.fs.stat("c.txt")).kind !== "link") return { n: 1 };
      await ctx.fs.read("c.txt"); return { n: 1 };`,
    ),
  );
  const refused = ["link.txt", "linked/secret.txt", "loop", "hard.txt"].flatMap((path) =>
    (path === "link.txt" || path === "loop"
      ? ["read", "readChunks", "write"]
      : ["read", "readChunks", "copy", "write"]
    ).map((door) => {
      const act = {
        read: `await ctx.fs.read("${path}")`,
        readChunks: `for await (const _ of ctx.fs.readChunks("${path}"));`,
        copy: `await ctx.fs.copy("${path}", "c.txt")`,
        write: `await ctx.fs.write("${path}/x", "x")`,
      }[door];
      const ends = door === "write" && path === "hard.txt" ? "FILE_NOT_FOUND" : "PATH_REFUSED";
      return fails(`${door} ${path}`, ends, `${CHANGE} ${act}; return { n: 1 };`);
    }),
  );
  return [...refused, ...copied];
}

function modules(): HostileHandler[] {
  const names =
    "fs fs/promises child_process worker_threads cluster net tls dgram dns http https http2 vm module inspector os process repl v8 wasi sqlite test";
  return names.split(" ").flatMap((name, index) => {
    // Most of these are there with their prefix alone.
    const specifier = `node:${name}`;
    const all = [
      beyond(`import ${name}`, `return { n: 1 };`, `import * as found from "${specifier}";`),
      beyond(`import() ${name}`, `await import("${specifier}").catch(() => {}); return { n: 1 };`),
      beyond(
        `getBuiltinModule ${name}`,
        `try { process.getBuiltinModule("${specifier}") } catch {} return { n: 1 };`,
      ),
    ];
    return [all[index % 3], all[(index + 1) % 3]].filter((each) => each !== undefined);
  });
}

function processes(): HostileHandler[] {
  return [
    beyond("kills its parent", `process.kill(1, "SIGKILL"); return { n: 1 };`),
    beyond("aborts", `process.abort(); return { n: 1 };`),
    beyond("loads a native module", `process.dlopen({}, "/lib/x.node"); return { n: 1 };`),
    beyond("binds to Node's inside", `process.binding("spawn_sync"); return { n: 1 };`),
    beyond("changes its user", `process.setuid(0); return { n: 1 };`),
    fails("ends without an answer", "OUTPUT_INVALID", `${CHANGE} process.exit(0);`),
    fails("ends with a code", "OUTPUT_INVALID", `${CHANGE} process.exit(137);`),
    fails("has no shell", "EFFECT_UNDECLARED", `${CHANGE} await ctx.process.run({ command: "/bin/sh" });`),
  ].map((each) => (each.ends === "EFFECT_UNDECLARED" ? { ...each, isSuspended: true } : each));
}

function network({ tcp, udp, socket }: Canary): HostileHandler[] {
  const urls = [
    `http://127.0.0.1:${tcp}/`,
    `http://localhost:${tcp}/`,
    `http://[::1]:${tcp}/`,
    `http://2130706433:${tcp}/`,
    "http://169.254.169.254/latest/meta-data/",
    "file:///etc/passwd",
    "http://unlisted.example/",
    `http://127.0.0.1:${udp}/`,
    `unix:${socket}:/`,
    `http+unix://${encodeURIComponent(socket)}/`,
  ];
  const doors = [
    ["a datagram", "node:dgram", `createSocket("udp4").send("x", ${udp}, "127.0.0.1")`],
    ["a connection", "node:net", `connect(${tcp}, "127.0.0.1")`],
    ["a connection to a socket", "node:net", `connect("${socket}")`],
    ["a request to a socket", "node:http", `get({ socketPath: "${socket}", path: "/" })`],
    ["a name server", "node:dns", `setServers(["127.0.0.1:${udp}"]), found.resolve4("x", () => {})`],
  ] as const;
  const wait = `await new Promise((go) => setTimeout(go, 20)); return { n: 1 };`;
  return [
    ...urls.map((url) =>
      fails(
        `asks ${url}`,
        "EGRESS_REFUSED",
        `await ctx.net.request({ method: "GET", url: "${url}" });`,
        NETWORK,
      ),
    ),
    ...urls.map((url) => beyond(`fetch ${url}`, `await fetch("${url}").catch(() => {}); return { n: 1 };`)),
    ...doors.flatMap(([name, from, act]) => [
      beyond(`${name}, imported`, `found.${act}; ${wait}`, `import * as found from "${from}";`),
      beyond(`${name}, imported late`, `const found = await import("${from}"); found.${act}; ${wait}`),
      beyond(`${name}, got`, `const found = process.getBuiltinModule("${from}"); found.${act}; ${wait}`),
    ]),
    beyond(
      "a datagram, from Node's inside",
      `const { UDP } = process.binding("udp_wrap"); new UDP().bind("127.0.0.1", 0, 0); ${wait}`,
    ),
    beyond(
      "a connection to a socket, from Node's inside",
      `const { Pipe } = process._linkedBinding("pipe_wrap"); new Pipe(0).connect({}, "${socket}"); ${wait}`,
    ),
    beyond("WebSocket", `new WebSocket("ws://127.0.0.1:${tcp}/"); return { n: 1 };`),
    beyond("EventSource", `new EventSource("http://127.0.0.1:${tcp}/"); return { n: 1 };`),
    {
      ...fails("posts under a contract that reads", "EFFECT_UNDECLARED", "", NETWORK),
      body: `await ctx.net.request({ method: "POST", url: "http://listed.example/", body: "x" });`,
      isSuspended: true,
    },
  ];
}

function environment(): HostileHandler[] {
  const looks = [
    "Object.entries(process.env).length",
    "Object.keys(globalThis).filter((key) => /secret/i.test(key)).length",
    "process.argv.length - 1",
    "process.execArgv.length",
    "process.cwd().length - 1",
    "(new Error().stack ?? '').includes('/work') ? 1 : 0",
    "new URL(import.meta.url).pathname.includes('/') ? 1 : 0",
  ];
  return looks.map((look) => ({
    name: look,
    effects: READS,
    body: `if (${look} !== 0) return { n: "found" }; return { n: 0 };`,
    ends: "completed",
    isSuspended: false,
  }));
}

function timeBombs(): HostileHandler[] {
  const spins = [
    ["for(;;)", `for (;;);`],
    ["a regular expression", `/^(a+)+$/.test("a".repeat(64) + "b");`],
    // A chain of promises would run out of memory on a quick machine before it runs out of time.
    ["microtasks", `const spin = () => queueMicrotask(spin); spin(); await new Promise(() => {});`],
    ["Atomics.wait", `Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);`],
    ["an answer that never comes", `await new Promise(() => {});`],
    ["an interval", `setInterval(() => {}, 1); await new Promise(() => {});`],
    ["a long sleep", `await new Promise((resolve) => setTimeout(resolve, 3_600_000));`],
    [
      "data without end",
      `await ctx.fs.write("c.txt", (async function* () { for (;;) yield new Uint8Array(1000) })());`,
    ],
    ["calls without end", `for (;;) await ctx.fs.stat(".");`],
  ] as const;
  return [
    ...spins.map(([name, body]) => fails(name, "TIMED_OUT", `${CHANGE} ${body} return { n: 1 };`)),
    {
      ...fails("works on after its answer", "completed", ""),
      body: `setInterval(() => ctx.fs.write("late.txt", "x").catch(() => {}), 1); return { n: 1 };`,
    },
    {
      ...fails("spins after its answer", "completed", ""),
      body: `setTimeout(() => { for (;;); }, 0); return { n: 1 };`,
    },
    fails(
      "ignores its signal",
      "TIMED_OUT",
      `ctx.signal.addEventListener("abort", () => { for (;;); }); await new Promise(() => {});`,
    ),
  ];
}

function memory(): HostileHandler[] {
  return [
    fails("one array too large", "UNKNOWN", `${CHANGE} new ArrayBuffer(2 ** 36); return { n: 1 };`),
    fails("a text too long", "UNKNOWN", `${CHANGE} "x".repeat(2 ** 30); return { n: 1 };`),
    slow(
      fails(
        "objects",
        "LIMIT_EXCEEDED",
        `${CHANGE} const all = []; for (;;) all.push({ of: [all.length] });`,
      ),
    ),
    // The array that is refused, or the process that is ended: whichever limit is met first.
    slow(
      fails(
        "bytes",
        "UNKNOWN or LIMIT_EXCEEDED",
        `${CHANGE} const all = []; for (;;) all.push(new Uint8Array(1 << 26).fill(1));`,
      ),
    ),
    fails("recursion", "UNKNOWN", `${CHANGE} const deep = () => deep() + 1; deep();`),
  ];
}

function outputLies(): HostileHandler[] {
  const lies = [
    `{ n: "1" }`,
    `{}`,
    `undefined`,
    `null`,
    `[1]`,
    `{ n: 1, more: 1 }`,
    `{ n: NaN }`,
    `{ n: Infinity }`,
    `{ n: 1n }`,
    `{ n: 1.5 }`,
    `{ n: new Date() }`,
    `{ n: Symbol("1") }`,
    `{ n: () => 1 }`,
    `(() => { const a = {}; a.n = a; return a; })()`,
    `(() => { let a = 1; for (let i = 0; i < 1000; i++) a = [a]; return { n: a }; })()`,
    `(() => { let a = 1; for (let i = 0; i < 100_000; i++) a = { a }; return { n: a }; })()`,
    `{ n: "x".repeat(17 * 2 ** 20) }`,
    `{ n: { toJSON: () => "1" } }`,
    `{ get n() { throw new Error("no") } }`,
    `new Proxy({}, { ownKeys() { throw new Error("no") } })`,
    `JSON.parse('{"n": 1, "__proto__": {"admin": true}}')`,
    `JSON.parse('{"n": 1, "constructor": {"prototype": 1}}')`,
    `{ n: 1, s: "\\ud800" }`,
    `new Map([["n", 1]])`,
  ];
  return lies.map((lie) => fails(lie, "OUTPUT_INVALID", `${CHANGE} return ${lie};`));
}

function failureLies(): HostileHandler[] {
  const codes = [
    "LEASE_CONFLICT",
    "OWNER_LOST",
    "SUSPENDED",
    "DRIFTED",
    "CANCELLED",
    "LEDGER_CORRUPT",
    "__proto__",
  ];
  return [
    ...codes.map((code) =>
      fails(
        `claims ${code}`,
        "UNKNOWN",
        `${CHANGE} throw Object.assign(new Error("lie"), { code: "${code}" });`,
      ),
    ),
    fails(
      "says what it may say",
      "CONTENT_INVALID",
      `throw Object.assign(new Error("no"), { code: "CONTENT_INVALID" });`,
    ),
    fails("throws nothing", "UNKNOWN", `${CHANGE} throw undefined;`),
    fails("throws what cannot be shown", "UNKNOWN", `throw { get message() { throw 1 } };`),
    fails("throws a long text", "UNKNOWN", `${CHANGE} throw new Error("x".repeat(10_000_000));`),
    fails(
      "rejects beside its answer",
      "UNKNOWN",
      `${CHANGE} Promise.reject(new Error("beside")); await new Promise((go) => setTimeout(go, 50)); return { n: 1 };`,
    ),
    fails(
      "throws beside its answer",
      "UNKNOWN",
      `${CHANGE} setTimeout(() => { throw new Error("beside") }); await new Promise(() => {});`,
    ),
    { ...fails("is no function", "SPEC_INVALID", ""), code: "export const run = 1;" },
    { ...fails("is no program", "UNKNOWN", `)`) },
    { ...fails("throws while it is loaded", "UNKNOWN", ""), top: `throw new Error("loading");` },
  ];
}

function pollution(): HostileHandler[] {
  const tricks = [
    `Object.prototype.isBytes = true; Object.prototype.polluted = 1;`,
    `Array.prototype[Symbol.iterator] = function* () {};`,
    `Promise.prototype.then = () => {};`,
    `JSON.stringify = () => "lie";`,
    `globalThis.Buffer = undefined; Uint8Array.prototype.set = () => {};`,
    `console.log("noise".repeat(100_000)); process.stdout.write("noise");`,
    `Object.defineProperty(Object.prototype, "type", { get: () => "beyond" });`,
  ];
  return tricks.map((trick) => ({
    name: trick,
    effects: WRITES,
    body: `${trick} return { n: 1 };`,
    // Whatever such a trick does to its own process: it ends as it said, or as a failure.
    ends: "any",
    isSuspended: false,
  }));
}
