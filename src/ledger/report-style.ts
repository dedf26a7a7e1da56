/** The style of the audit report: system fonts, two colour schemes, readable in print. */
export const STYLE = `
:root { color-scheme: light dark; --ink: light-dark(#1c2024, #e6e8ea); --paper: light-dark(#fff, #14171a);
  --line: light-dark(#d8dde2, #343a40); --soft: light-dark(#f4f6f8, #1d2226); --good: light-dark(#12692f, #6fd08c);
  --bad: light-dark(#a8201a, #ff8a80); --undo: light-dark(#7a4b00, #f2b84b); --approval: light-dark(#1a4f8b, #8ab8f0); }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 72rem; padding: 2rem 1.25rem; background: var(--paper); color: var(--ink);
  font: 15px/1.5 system-ui, sans-serif; }
h1 { font-size: 1.75rem; margin: 0; } h2 { font-size: 1.2rem; margin: 2rem 0 .75rem; }
header p, footer { margin: .25rem 0; opacity: .75; }
code, time { font: 13px/1.4 ui-monospace, monospace; overflow-wrap: anywhere; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .25rem 1.25rem; margin: .75rem 0; }
dt { opacity: .75; } dd { margin: 0; }
.good { color: var(--good); } .bad { color: var(--bad); }
.run { border: 1px solid var(--line); border-radius: .5rem; margin: .5rem 0; padding: .6rem .9rem; overflow-x: auto; }
summary { cursor: pointer; } summary time { float: right; opacity: .75; }
.status { display: inline-block; min-width: 7rem; padding: 0 .5rem; border-radius: 1rem; background: var(--soft);
  text-align: center; } .status.completed { color: var(--good); } .status.failed { color: var(--bad); }
.status.rolled_back { color: var(--undo); } .status.paused { color: var(--approval); }
table { border-collapse: collapse; width: 100%; } th, td { border-bottom: 1px solid var(--line); padding: .3rem .6rem;
  text-align: left; vertical-align: top; } th { font-weight: 600; background: var(--soft); }
tr.undo td:nth-child(3) { color: var(--undo); } tr.approval td:nth-child(3) { color: var(--approval); }
tr.failed td:nth-child(3) { color: var(--bad); }
@media print { details::details-content { content-visibility: visible; } body { max-width: none; padding: 0; } }
`;
