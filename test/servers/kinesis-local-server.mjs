// kinesis-local on loopback: node kinesis-local-server.mjs PORT. It listens on every interface and has no setting for that: its
// calls of listen are given the host. Its TLS port is any free one.
import { Server } from 'node:net';
import { createRequire } from 'node:module';
import { dirname } from 'node:path';

const require = createRequire(import.meta.url);
const main = require.resolve('kinesis-local');
const port = Number(process.argv[2]);

// It reads its certificate from where it stands.
process.chdir(dirname(main));
process.env.KINESIS_MOCK_PLAIN_PORT = String(port);
process.env.KINESIS_MOCK_TLS_PORT = '1';
process.env.SHARD_LIMIT ??= '1000';
process.env.CREATE_STREAM_DURATION ??= '20ms';
for (const call of ['UPDATE_SHARD_COUNT', 'MERGE_SHARDS', 'SPLIT_SHARD', 'REGISTER_STREAM_CONSUMER'])
  process.env[`${call}_DURATION`] ??= '50ms';

const { listen } = Server.prototype;
Server.prototype.listen = function (...args) {
  const callback = args.findLast((argument) => typeof argument === 'function');
  const wanted = typeof args[0] === 'object' ? args[0].port : args[0];
  const options = { host: '127.0.0.1', port: wanted === port ? port : 0 };
  return callback ? listen.call(this, options, callback) : listen.call(this, options);
};

require(main);
