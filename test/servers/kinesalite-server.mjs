// kinesalite on loopback: node kinesalite-server.mjs PORT. Two more paths than Kinesis has:
// POST /restart: closes every connection, and the port for a while; POST /forget?stream=S: all but the newest record of each shard
// are gone, as after the retention time.
import { createServer } from 'node:http';
import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);
const database = require('kinesalite/db');
const kinesalite = require('kinesalite');

const port = Number(process.argv[2]);
const CLOSED_MS = 500;

const { create } = database;
let store;
database.create = (options) => (store = create(options));
const inner = kinesalite({ createStreamMs: 20, updateStreamMs: 20, deleteStreamMs: 20, shardLimit: 100_000 });
const [answer] = inner.listeners('request');

function listen() {
  const server = createServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url, 'http://127.0.0.1');
    if (pathname === '/restart') return void response.end(() => restart(server));
    if (pathname === '/forget') return void forget(searchParams.get('stream')).then(() => response.end());
    answer(request, response);
  });
  server.listen(port, '127.0.0.1');
}

function restart(server) {
  server.close();
  server.closeAllConnections();
  setTimeout(listen, CLOSED_MS);
}

async function forget(stream) {
  const streamDb = store.getStreamDb(stream);
  const keys = [];
  for await (const key of streamDb.createKeyStream()) keys.push(String(key));
  const shardOf = (key) => key.split('/')[0];
  const old = keys.filter(
    (key, index) => index + 1 < keys.length && shardOf(keys[index + 1]) === shardOf(key),
  );
  await new Promise((resolve, reject) =>
    streamDb.batch(
      old.map((key) => ({ type: 'del', key })),
      (error) => (error ? reject(error) : resolve()),
    ),
  );
}

listen();
