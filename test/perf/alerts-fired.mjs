/** When alerts would have fired, told by a Prometheus that has the samples: their expressions at each step, `for` and `keep_firing_for` applied. */
import { inlineExpr, keepMinutesOf } from '@gondola/monitoring';

const MINUTE_MS = 60_000;

/** `{ name, labels, fromMs, untilMs }` each, in order of time; `untilMs` is the last time at which it fired. */
export async function firedBetween(prometheus, alerts, context, { fromMs, untilMs, stepSeconds }) {
  const fired = [];
  for (const alert of alerts) {
    const forMs = alert.forMinutes(context.limits) * MINUTE_MS;
    const keepMs = keepMinutesOf(alert, context.limits) * MINUTE_MS;
    const answer = await prometheus.range(inlineExpr(alert, context), fromMs, untilMs, stepSeconds);
    for (const [labels, samples] of answer) {
      const spans = spansOf(
        samples.map(([seconds]) => seconds * 1000),
        stepSeconds * 1000,
      );
      for (const [from, until] of firedIn(spans, forMs, keepMs))
        fired.push({ name: alert.name, labels, fromMs: from, untilMs: until });
    }
  }
  return fired.sort((a, b) => a.fromMs - b.fromMs);
}

/** First and last time of each run of answers without a gap. */
function spansOf(times, stepMs) {
  const spans = [];
  for (const ms of times) {
    const last = spans.at(-1);
    if (last && ms - last[1] <= stepMs) last[1] = ms;
    else spans.push([ms, ms]);
  }
  return spans;
}

/** It fires once a span is long enough, and on over gaps that are short enough. */
function firedIn(spans, forMs, keepMs) {
  const fired = [];
  for (const [from, until] of spans) {
    const last = fired.at(-1);
    if (last && from <= last[1]) last[1] = until + keepMs;
    else if (until - from >= forMs) fired.push([from + forMs, until + keepMs]);
  }
  return fired;
}
