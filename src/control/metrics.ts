import type { DatabaseSync } from "node:sqlite";

import type { Station } from "../operate/station.ts";

/** Upper ends of the classes of a request's duration, in seconds. */
const BUCKETS = [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5];

// To count a hundred thousand runs takes some hundredths of a second, in which nothing else is answered.
const COUNTED_MS = 10_000;

type Counts = {
  readonly statuses: readonly (readonly [labels: string, number: number])[];
  readonly waiting: number;
};

/** What a server counts about itself. */
export type Metrics = {
  readonly answered: (operation: string, status: number, seconds: number) => void;
  readonly streamOpened: () => void;
  readonly streamClosed: (isDropped: boolean) => void;
  /** Prometheus's text format, version 0.0.4. */
  readonly render: (station: Station) => string;
};

export function createMetrics(): Metrics {
  const requests = new Map<string, number>();
  const buckets = BUCKETS.map(() => 0);
  const streams = { open: 0, dropped: 0 };
  const duration = { count: 0, sum: 0 };
  let counted: { readonly atMs: number; readonly counts: Counts } | undefined;
  const countRuns = (database: DatabaseSync): Counts => {
    if (counted === undefined || performance.now() - counted.atMs > COUNTED_MS)
      counted = { atMs: performance.now(), counts: countsIn(database) };
    return counted.counts;
  };
  return {
    answered(operation, status, seconds) {
      const labels = `operation="${operation}",status="${status}"`;
      requests.set(labels, (requests.get(labels) ?? 0) + 1);
      BUCKETS.forEach((end, index) => {
        if (seconds <= end) buckets[index] = (buckets[index] ?? 0) + 1;
      });
      duration.count++;
      duration.sum += seconds;
    },
    streamOpened: () => void streams.open++,
    streamClosed(isDropped) {
      streams.open--;
      if (isDropped) streams.dropped++;
    },
    render({ runtime: { ledger } }) {
      const { statuses, waiting } = countRuns(ledger.database);
      return [
        ...metric("airun_ledger_entries", "counter", "Entries of the ledger.", [["", ledger.lastSeq()]]),
        ...metric("airun_runs", "gauge", "Runs of the workspace by status.", statuses),
        ...metric("airun_approvals_open", "gauge", "Approvals that wait for a human.", [["", waiting]]),
        ...metric("airun_event_streams", "gauge", "Readers of events.", [["", streams.open]]),
        ...metric(
          "airun_event_streams_dropped_total",
          "counter",
          "Readers dropped because they read nothing.",
          [["", streams.dropped]],
        ),
        ...metric("airun_http_requests_total", "counter", "Requests by operation and status.", [...requests]),
        ...metric("airun_http_request_seconds", "histogram", "Time until the answer began.", []),
        ...BUCKETS.map((end, index) => `airun_http_request_seconds_bucket{le="${end}"} ${buckets[index]}`),
        `airun_http_request_seconds_bucket{le="+Inf"} ${duration.count}`,
        `airun_http_request_seconds_sum ${duration.sum}`,
        `airun_http_request_seconds_count ${duration.count}`,
        ...metric("process_resident_memory_bytes", "gauge", "Memory of the process.", [
          ["", process.memoryUsage.rss()],
        ]),
        "",
      ].join("\n");
    },
  };
}

function countsIn(database: DatabaseSync): Counts {
  const statuses = database.prepare("SELECT status, count(*) AS number FROM runs GROUP BY status").all();
  const waiting = database
    .prepare(
      "SELECT count(*) AS number FROM approvals JOIN runs ON runs.id = approvals.run WHERE decision IS NULL AND ended_at IS NULL",
    )
    .get();
  return {
    statuses: statuses.map(({ status, number }) => [
      `status="${String(status).toLowerCase()}"`,
      Number(number),
    ]),
    waiting: Number(waiting?.["number"] ?? 0),
  };
}

function metric(
  name: string,
  type: "counter" | "gauge" | "histogram",
  help: string,
  values: readonly (readonly [labels: string, value: number])[],
): string[] {
  return [
    `# HELP ${name} ${help}`,
    `# TYPE ${name} ${type}`,
    ...values.map(([labels, value]) => `${name}${labels === "" ? "" : `{${labels}}`} ${value}`),
  ];
}
