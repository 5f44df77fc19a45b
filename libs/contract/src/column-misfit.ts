import type { Slot } from './avro-type.js';
import type { ColumnPlan } from './column-plan.js';
import { Problem } from './problem.js';

type Row = readonly Slot[];

/**
 * Why the columns cannot hold an event, null when they can: what decimals and times of a table hold is less than what doubles
 * and longs do. `rows`: the list whose entries become rows; its slot is -1 where the event is the row.
 */
export function compileMisfit(
  plans: readonly ColumnPlan[],
  rows: { readonly field: string | null; readonly slot: number },
): (event: Row) => Problem | null {
  const bounded = plans.filter(({ absoluteMax }) => absoluteMax !== Infinity);
  return (event) => {
    const entries = rows.slot < 0 ? null : (event[rows.slot] as readonly Row[]);
    // An event without rows would be in no table: it may not look as if it had passed.
    if (entries?.length === 0)
      return new Problem('rule_broken', `/${rows.field}`, 'at least one entry expected');
    for (const plan of bounded) {
      if (!plan.perRow || !entries) {
        if (!fits(plan, event)) return misfit(plan, plan.pointer);
        continue;
      }
      for (let index = 0; index < entries.length; index++)
        if (!fits(plan, entries[index])) return misfit(plan, plan.pointer.replace('*', String(index)));
    }
    return null;
  };
}

function fits(plan: ColumnPlan, row: Row): boolean {
  const value = row[plan.slot];
  return value === null || Math.abs(value as number) <= plan.absoluteMax;
}

function misfit({ spec }: ColumnPlan, pointer: string): Problem {
  const type =
    spec.type.kind === 'decimal' ? `decimal(${spec.type.precision}, ${spec.type.scale})` : spec.type.kind;
  return new Problem('schema_mismatch', pointer, `too large for ${type}`);
}
