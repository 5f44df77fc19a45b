import type { Alert, RuleContext } from './alert.js';
import { lineRecordings, storeRecordings } from './recording.js';

/** An alert's expression with what the recording rules record written out: for a database that has none of them. */
export function inlineExpr(alert: Alert, context: RuleContext): string {
  // Backwards: a later one may ask for an earlier one.
  return [...storeRecordings(context), ...lineRecordings(context)]
    .toReversed()
    .reduce(
      (expr, { record, expr: recorded }) => expr.replaceAll(record, `(${recorded})`),
      alert.expr(context),
    );
}
