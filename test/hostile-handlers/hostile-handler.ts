/** One hostile handler: what it declares, what it does, and what has to come of it. */
export type HostileHandler = {
  readonly name: string;
  readonly effects: readonly string[];
  /** The body of `run(ctx, input)`; `top` stands above it. */
  readonly body: string;
  readonly top?: string;
  /** All of the code, in place of these. */
  readonly code?: string;
  /** The code of the failure, or `completed`. */
  readonly ends: string;
  readonly isSuspended: boolean;
  /** Takes long, and is left to the long proof. */
  readonly isSlow?: true;
};

export type Canary = {
  /** A directory outside the workspace, with `secret.txt`. */
  readonly directory: string;
  readonly tcp: number;
  readonly udp: number;
  readonly socket: string;
};

export const READS = ["filesystem_read"];
export const WRITES = ["filesystem_read", "filesystem_write", "filesystem_delete"];
export const NETWORK = ["filesystem_read", "network_read"];

/** Changes the workspace first, so that there is something to take back. */
export const CHANGE = `await ctx.fs.write("new.txt", "new"); await ctx.fs.write("a.txt", "changed"); await ctx.fs.remove("b.txt");`;

/** Leads past the context. */
export const beyond = (name: string, body: string, top?: string): HostileHandler => ({
  name,
  effects: WRITES,
  body: `${CHANGE} ${body}`,
  ...(top === undefined ? {} : { top }),
  ends: "EFFECT_UNDECLARED",
  isSuspended: true,
});
/** Is refused, or breaks off, and nothing is held against its pack. */
export const fails = (name: string, ends: string, body: string, effects = WRITES): HostileHandler => ({
  name,
  effects,
  body,
  ends,
  isSuspended: false,
});
export const slow = (handler: HostileHandler): HostileHandler => ({ ...handler, isSlow: true });
