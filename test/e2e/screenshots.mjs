/**
 * npm run screenshots [-- --out FOLDER]: every page of the board with the demo's shops, light and dark, wide and 400 px, in Spanish and
 * English. For people to look at; nothing is compared with them.
 */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { importFromTests } from '../perf/tests.mjs';

const { values } = parseArgs({ options: { out: { type: 'string', default: 'screenshots' } } });
const { CHROMIUM, DemoBoard } = await importFromTests('../test/e2e/demo-board.ts');
/** After this the demo has sold its past, and sources have a pace. */
const WARM_MS = 30_000;

if (!CHROMIUM) process.exitCode = 1;
else {
  mkdirSync(values.out, { recursive: true });
  const board = await DemoBoard.start();
  try {
    await sleep(WARM_MS);
    for (const locale of ['es-CO', 'en-US'])
      for (const dark of [false, true])
        for (const width of [1280, 400]) await shootAll(board, { width, locale, dark });
  } finally {
    await board.stop();
  }
  if (board.problems.length > 0) console.error([...new Set(board.problems)].join('\n'));
}

async function shootAll(board, view) {
  const [{ storeId, itemId }] = (await board.json('/shelves?limit=1')).shelves;
  const pages = {
    board: '',
    store: `#store/${storeId}`,
    shelf: `#shelf/${storeId}/${encodeURIComponent(itemId)}`,
    tasks: '#card',
    card: `#card/${storeId}`,
    brief: `#brief/${storeId}`,
    data: '#pipeline',
  };
  const context = await board.context(view);
  for (const [name, hash] of Object.entries(pages)) {
    const page = await board.open(view, hash, context);
    await sleep(500);
    const file = `${name}-${view.width}-${view.locale.slice(0, 2)}-${view.dark ? 'dark' : 'light'}.png`;
    await page.screenshot({ path: join(values.out, file), fullPage: true });
    await page.close();
  }
  await context.close();
}
