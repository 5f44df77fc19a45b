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
database.create = (options) => (store = remembering(create(options)));
const inner = kinesalite({ createStreamMs: 20, updateStreamMs: 20, deleteStreamMs: 20, shardLimit: 100_000 });
const [answer] = inner.listeners('request');

/** It parses a stream's description for each request: of a thousand shards that takes it most of its time. */
function remembering(inner) {
  const { getStream, metaDb } = inner;
  const known = new Map();
  const [put, del] = [metaDb.put.bind(metaDb), metaDb.del.bind(metaDb)];
  metaDb.put = (name, stream, done) => {
    known.set(name, { ...stream });
    put(name, stream, done);
  };
  metaDb.del = (name, done) => {
    known.delete(name);
    del(name, done);
  };
  inner.getStream = (name, done) => {
    const stream = known.get(name);
    // Its answers are made by taking away from this.
    if (stream) return void setImmediate(done, null, { ...stream });
    getStream(name, done);
  };
  return inner;
}

function listen() {
  const server = createServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url, 'http://127.0.0.1');
    if (pathname === '/restart') return void response.end(() => restart(server));
    if (pathname === '/forget') return void forget(searchParams.get('stream')).then(() => response.end());
    answer(request, response);
  });
  // The clients' connections are idle for longer than Node waits by default.
  server.keepAliveTimeout = 60_000;
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
