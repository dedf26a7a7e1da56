import type { Ledger, RunRow } from "../ledger/ledger.ts";

const PAGE_SIZE = 500;

/** Every run, newest first, page by page. */
export function* allRuns(
  ledger: Pick<Ledger, "runs">,
  filter: { readonly open?: boolean } = {},
): Generator<RunRow> {
  for (let before: string | undefined; ;) {
    const page = ledger.runs({ ...filter, limit: PAGE_SIZE, ...(before === undefined ? {} : { before }) });
    yield* page;
    before = page.at(-1)?.id;
    if (page.length < PAGE_SIZE) return;
  }
}
