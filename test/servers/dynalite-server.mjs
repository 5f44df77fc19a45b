// dynalite on loopback: node dynalite-server.mjs PORT
import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);
const dynalite = require('dynalite');

dynalite({ createTableMs: 20, deleteTableMs: 20, updateTableMs: 20 }).listen(
  Number(process.argv[2]),
  '127.0.0.1',
);
