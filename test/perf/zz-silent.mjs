import { readFileSync } from 'node:fs';
import { parseModel } from '@gondola/detect';
import { HOUR_MS, runSimulated, START_MS } from './simulated-line.mjs';
for (const [name, raiseHours] of [['trees-2026.11', 1], ['trees-2026.11', 2], ['hmm-2026.11', 1], ['hmm-2026.11', 2]]) {
  const model = parseModel(readFileSync(`apps/gondola/models/${name}.json`, 'utf8'));
  const raised = []; const out = new Set(); const kinds = new Map(); let outHours = 0;
  const found = new Set(); const openEv = new Map(); const events = [];
  runSimulated({ simulation: { seed: 3, stores: 9, items: 80 }, days: 40, engine: { model, config: { raiseHours } },
    onSignals(signals) { for (const s of signals) if (s.kind !== 'recovered') raised.push(s); },
    onTruth(hour, rows) { for (const r of rows) { const k = `${r.storeId} ${r.itemId}`; if (r.cause !== null) { out.add(`${k} ${hour}`); if (!openEv.has(k)) openEv.set(k, hour); } else if (openEv.has(k)) { const f = openEv.get(k); openEv.delete(k); if (hour - f >= 2 && f > 240) events.push([k, f, hour]); } } } });
  for (const kind of ['silent', 'phantom', 'out_of_stock']) {
    const all = raised.filter((s) => s.kind === kind && s.atMs > START_MS + 240 * HOUR_MS);
    const right = all.filter((s) => out.has(`${s.storeId} ${s.itemId} ${Math.ceil((s.atMs - START_MS) / HOUR_MS) - 1}`));
    const stated = all.reduce((t, s) => t + s.probability, 0) / all.length;
    console.log(name, raiseHours, kind, all.length, 'right', (right.length / all.length).toFixed(3), 'stated', stated.toFixed(3));
    if (kind === 'silent') {
      const stores = new Set(all.map((s) => s.storeId)); const by = Map.groupBy(all, (s) => `${s.storeId} ${s.itemId}`);
      const ev = events.filter(([k]) => stores.has(k.split(' ')[0]));
      const hit = ev.filter(([k, f, e]) => (by.get(k) ?? []).some((s) => { const h = Math.ceil((s.atMs - START_MS) / HOUR_MS) - 1; return h >= f && h < e; }));
      console.log('  stores', stores.size, 'events', ev.length, 'found after onset', (hit.length / ev.length).toFixed(3));
      const hrs = new Array(24).fill(0).map(() => [0, 0]); for (const s of all) { const h = (Math.ceil((s.atMs - START_MS) / HOUR_MS) - 1) % 24; hrs[h][0]++; if (right.includes(s)) hrs[h][1]++; }
      console.log('  by hour', hrs.map(([a, b], h) => (a ? `${h}:${b}/${a}` : '')).filter(Boolean).join(' '));
    }
  }
}
