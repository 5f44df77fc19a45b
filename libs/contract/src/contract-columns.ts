import { SetupError } from '@gondola/stream';
import type { ColumnPlan } from './column-plan.js';
import type { ContractFile, Masking } from './contract-file.js';
import { maskingMisfit } from './masking-misfit.js';

/** Columns of which the first that is given is the record's key. Throws `contract_invalid`. */
export function keyColumnsOf(
  { roles, shelf }: ContractFile,
  plans: readonly ColumnPlan[],
  where: string,
): readonly string[] {
  if (!roles.key)
    return shelf ? plans.flatMap((plan) => (plan.field === shelf.store ? plan.spec.name : [])) : [];
  return roles.key.map((name) => {
    const plan = plans.find(({ field, perRow }) => field === name && !perRow);
    if (plan?.spec.type.kind === 'string') return plan.spec.name;
    throw new SetupError(
      'contract_invalid',
      `${where}: roles.key: ${name} must be a text field of the event`,
    );
  });
}

/** Column -> how it is masked. Throws `contract_invalid`, naming the field. */
export function personalColumns(
  file: ContractFile,
  plans: readonly ColumnPlan[],
  where: string,
): ReadonlyMap<string, Masking> {
  const shown = new Set([file.roles.eventId, file.roles.eventTime, ...(file.identity ?? [])]);
  const { shelf } = file;
  if (shelf)
    for (const name of [shelf.store, shelf.item, shelf.quantity, shelf.kind]) if (name) shown.add(name);
  return new Map(
    Object.entries(file.personal).map(([name, masking]) => {
      const plan = plans.find(({ field }) => field === name);
      const refuse = (why: string) =>
        new SetupError('contract_invalid', `${where}: personal.${name}: ${why}`);
      if (!plan) throw refuse('there is no such column');
      if (shown.has(name)) throw refuse('roles, identity and shelf cannot do without it');
      const misfit = maskingMisfit(masking, plan);
      if (misfit) throw refuse(misfit);
      return [plan.spec.name, masking];
    }),
  );
}
