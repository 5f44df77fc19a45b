/** Many clients of `/signals/stream` in one process, for clients-bench: notes when each has each signal. */
import { connect } from 'node:net';

const ID = Buffer.from('\nid: signal-');
const NEW_LINE = 10;
/** By client: number of the signal -> when it came, in milliseconds since 1970. */
const arrivals = [];

process.on('message', async (message) => {
  if ('port' in message) {
    await Promise.all(Array.from({ length: message.clients }, () => follow(message.port)));
    process.send('ready');
  } else process.send(summary(message));
});

/** Resolves when the stream has begun. */
function follow(port) {
  const arrivedMs = [];
  arrivals.push(arrivedMs);
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () =>
      socket.write('GET /signals/stream HTTP/1.1\r\nhost: localhost\r\n\r\n'),
    );
    let rest = Buffer.alloc(0);
    socket.on('data', (part) => {
      resolve();
      const atMs = performance.timeOrigin + performance.now();
      const text = rest.length === 0 ? part : Buffer.concat([rest, part]);
      let done = 0;
      for (let at; (at = text.indexOf(ID, done)) >= 0;) {
        const end = text.indexOf(NEW_LINE, at + ID.length);
        if (end < 0) break;
        arrivedMs[Number(text.latin1Slice(at + ID.length, end))] = atMs;
        done = end;
      }
      // An id may be cut in two.
      rest = text.subarray(Math.max(done, text.length - ID.length - 20));
    });
    socket.on('error', reject);
  });
}

function summary({ times, from }) {
  const sinceMade = [];
  const sinceCommitted = [];
  let worst = [];
  for (const arrivedMs of arrivals) {
    const own = [];
    for (let number = from; number < times.length; number++) {
      if (arrivedMs[number] === undefined) continue;
      own.push(arrivedMs[number] - times[number].madeMs);
      sinceCommitted.push(arrivedMs[number] - times[number].committedMs);
    }
    sinceMade.push(...own);
    if (p99Of(own) > p99Of(worst)) worst = own;
  }
  return {
    counted: sinceMade.length,
    sinceMade: quantiles(sinceMade),
    sinceCommitted: quantiles(sinceCommitted),
    worstClient: quantiles(worst),
  };
}

const p99Of = (latencies) => quantiles(latencies).p99 ?? -1;

function quantiles(latencies) {
  if (latencies.length === 0) return {};
  const sorted = Float64Array.from(latencies).sort();
  const at = (share) =>
    Math.round(sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))]) / 1_000;
  return { p50: at(0.5), p90: at(0.9), p99: at(0.99), longest: at(1) };
}
