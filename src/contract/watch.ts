/** The stages of a call, in their order. */
export type Stage = "resolve" | "validate" | "decide" | "handshake" | "intend" | "act" | "record";

/**
 * What is told of a call: names, versions, rules, states. Never inputs, outputs, paths, addresses or messages: those
 * may be secret, and what watches may send them anywhere.
 */
export type Facts = Readonly<Record<string, string | number | readonly string[]>>;

/** Sees one call go through its stages. Nothing that it does changes the call. */
export type CallWatch = {
  readonly enter: (stage: Stage) => void;
  readonly tell: (facts: Facts) => void;
  /** Runs what belongs to the present stage, so that what else watches inside of it belongs there too. */
  readonly within: <Result>(work: () => Result) => Result;
  readonly end: (outcome: string) => void;
  /** `code`: of the error catalogue. */
  readonly fail: (code: string) => void;
};

/** Sees what one process does for a run, from when it takes the run up until it leaves it. */
export type RunWatch = {
  /** The run's own place in the trace, for whoever is asked about it. */
  readonly trace: TraceParent;
  readonly call: (call: {
    readonly step: string;
    readonly role: string;
    readonly attempt: number;
    readonly capability: string;
  }) => CallWatch;
  /** `status`: of the run then; `left` where the work on it broke off. */
  readonly end: (status: string) => void;
};

/** Where a trace comes from, as W3C Trace Context writes it. */
export type TraceParent = {
  readonly traceparent?: string | undefined;
  readonly tracestate?: string | undefined;
};

/** Asked for each run that is taken up; null while nobody watches. */
export type Watch = (
  run: {
    readonly run: string;
    readonly kind: string;
    readonly name: string;
    readonly version: string;
  } & TraceParent,
) => RunWatch | null;
