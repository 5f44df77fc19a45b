import { Html } from './html.js';

/** Colours are those of the board; text has a contrast of at least 4.5 to 1 in both schemes. */
export const STYLE = new Html(`
:root { color-scheme: light dark; --page: #f4f5f3; --panel: #fff; --ink: #1b1f1d; --soft: #55605a; --line: #d9ddd9;
  --accent: #00695c; --tint: #e3efec; --warm: #8a3b00; --warm-tint: #fbeadc; }
@media (prefers-color-scheme: dark) { :root { --page: #131615; --panel: #1d211f; --ink: #eceeec; --soft: #a9b3ad; --line: #363c39;
  --accent: #4fd1bd; --tint: #17332e; --warm: #ffb870; --warm-tint: #3a2712; } }
* { box-sizing: border-box; }
html { scroll-padding-top: 1rem; }
body { margin: 0; background: var(--page); color: var(--ink); font: 16px/1.5 system-ui, sans-serif; }
header { padding: 2rem clamp(1rem, 4vw, 3rem) 1.25rem; border-bottom: 1px solid var(--line); background: var(--panel); }
header p { margin: 0.25rem 0 0; color: var(--soft); }
h1 { margin: 0; font-size: 1.75rem; line-height: 1.2; }
h2 { margin: 0 0 0.5rem; font-size: 1.35rem; line-height: 1.25; overflow-wrap: anywhere; }
h3 { margin: 1.75rem 0 0.6rem; font-size: 1rem; color: var(--soft); text-transform: uppercase; letter-spacing: 0.05em; font-weight: 600; }
a { color: var(--accent); }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
.skip { position: absolute; left: -999rem; }
.skip:focus { left: 1rem; top: 0.5rem; background: var(--panel); padding: 0.5rem 1rem; }
.columns { display: grid; grid-template-columns: 14rem minmax(0, 1fr); gap: 1.5rem; max-width: 92rem; padding: 1.5rem clamp(1rem, 4vw, 3rem) 4rem; }
nav { position: sticky; top: 1.5rem; align-self: start; max-height: calc(100vh - 3rem); overflow-y: auto; }
nav h2 { font-size: 0.85rem; color: var(--soft); text-transform: uppercase; letter-spacing: 0.05em; }
nav ul { list-style: none; margin: 0; padding: 0; border-left: 2px solid var(--line); }
nav a { display: block; padding: 0.3rem 0.9rem; text-decoration: none; color: var(--ink); font-size: 0.92rem; overflow-wrap: anywhere; }
nav a:hover { color: var(--accent); text-decoration: underline; }
main > section { background: var(--panel); border: 1px solid var(--line); border-radius: 10px; padding: clamp(1rem, 3vw, 2rem); margin-bottom: 1.5rem; }
main p { max-width: 80ch; margin: 0 0 1rem; }
code, pre { font: 0.88em/1.45 ui-monospace, "DejaVu Sans Mono", monospace; }
code { overflow-wrap: anywhere; }
td code, th code { white-space: nowrap; }
.check { white-space: normal; overflow-wrap: normal; }
pre { margin: 0; padding: 1rem; overflow-x: auto; background: var(--page); border-radius: 6px; }
.scroll { overflow-x: auto; border: 1px solid var(--line); border-radius: 8px; }
table { border-collapse: collapse; width: 100%; font-size: 0.93rem; }
th, td { text-align: left; vertical-align: top; padding: 0.55rem 0.7rem; border-top: 1px solid var(--line); }
thead th { border-top: 0; background: var(--page); font-size: 0.85rem; color: var(--soft); white-space: nowrap; }
tbody th { font-weight: 600; min-width: 9rem; }
td { min-width: 7rem; }
.fields td:nth-child(3) { min-width: 14rem; }
.number { text-align: right; min-width: 4rem; font-variant-numeric: tabular-nums; }
.fields th[class^="indent-"] { white-space: nowrap; }
.indent-1 { padding-left: 2.2rem; } .indent-2 { padding-left: 3.6rem; } .indent-3, .indent-4 { padding-left: 5rem; }
.need { display: block; font-size: 0.85em; color: var(--soft); }
.badge { display: inline-block; padding: 0.1rem 0.5rem; margin: 0 0.15rem 0.2rem 0; border-radius: 0.75rem; background: var(--tint); color: var(--accent); font-size: 0.82rem; }
.personal { background: var(--warm-tint); color: var(--warm); }
.tags { display: flex; flex-wrap: wrap; gap: 0.4rem; list-style: none; margin: 0; padding: 0; }
.tags li { border: 1px solid var(--line); border-radius: 999px; padding: 0.1rem 0.7rem; font-size: 0.85rem; color: var(--soft); }
.lineage { display: flex; flex-wrap: wrap; gap: 0.6rem 1.9rem; list-style: none; margin: 0 0 0.7rem; padding: 0; }
.lineage li { position: relative; background: var(--page); border: 1px solid var(--line); border-radius: 8px; padding: 0.45rem 0.8rem; }
.lineage li:not(:last-child)::after { content: "→" / ""; position: absolute; right: -1.5rem; top: 50%; translate: 0 -50%; color: var(--soft); }
.lineage span { display: block; font-size: 0.78rem; color: var(--soft); }
.quiet { color: var(--soft); font-size: 0.92rem; }
.facts { display: grid; grid-template-columns: repeat(auto-fill, minmax(15rem, 1fr)); gap: 0.9rem 1.5rem; margin: 0; }
.facts dt, .glossary dt { font-size: 0.85rem; color: var(--soft); }
.facts dd { margin: 0; overflow-wrap: anywhere; }
.glossary { display: grid; grid-template-columns: repeat(auto-fill, minmax(20rem, 1fr)); gap: 1rem 2rem; margin: 0; }
.glossary dt { font-weight: 600; font-size: 1rem; color: var(--ink); }
.glossary dd { margin: 0; color: var(--soft); }
details { border: 1px solid var(--line); border-radius: 8px; margin-bottom: 0.5rem; }
summary { cursor: pointer; padding: 0.5rem 0.9rem; }
.fails { margin: 0; padding: 0.2rem 1rem 0.9rem 2.2rem; }
@media (max-width: 60rem) { .columns { display: block; } nav { position: static; margin-bottom: 1.5rem; max-height: none; }
  .lineage { flex-direction: column; align-items: flex-start; gap: 1.5rem; }
  .lineage li:not(:last-child)::after { content: "↓" / ""; right: auto; left: 1rem; top: auto; bottom: -1.5rem; translate: none; }
  .glossary { grid-template-columns: 1fr; } }
@media print { nav, .skip { display: none; } .columns { display: block; padding: 0; } main > section { border: 0; break-before: page; } .scroll { overflow: visible; } }
`);
