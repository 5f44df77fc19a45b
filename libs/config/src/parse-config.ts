import { readFileSync } from 'node:fs';
import { SetupError } from '@gondola/stream';
import { parse } from 'yaml';
import type { z } from 'zod';
import { requireOwnNames } from './environment/require-own.js';

/**
 * What a configuration file says, checked and completed by `schema`. Errors: `config_invalid`, one line per field: its
 * name, what it may be, what it was; `environment_mismatch` where it names what is of another environment. `name` is what
 * people call the file or the service.
 */
export function parseConfig<S extends z.ZodType>(name: string, schema: S, raw: unknown): z.output<S> {
  const parsed = schema.safeParse(raw);
  if (parsed.success) {
    requireOwnNames(name, parsed.data);
    return parsed.data;
  }
  const lines = parsed.error.issues.map((issue) => `  ${describeIssue(issue, raw)}`);
  throw new SetupError('config_invalid', `The configuration of ${name} is not valid:\n${lines.join('\n')}`);
}

/** The YAML (or JSON) file at `path`, checked by `schema`. */
export function readConfigFile<S extends z.ZodType>(path: string, schema: S): z.output<S> {
  return parseConfig(path, schema, readYaml(path));
}

function readYaml(path: string): unknown {
  try {
    return parse(readFileSync(path, 'utf8'));
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new SetupError('config_invalid', `The configuration ${path} cannot be read: ${why}`, {
      cause: error,
    });
  }
}

/** Never shows the value of a field that may be a secret. */
const SECRET_FIELD = /key|secret|password|token|connection/i;

function describeIssue(issue: z.core.$ZodIssue, raw: unknown): string {
  const path = issue.path.join('.') || 'the file';
  if (issue.code === 'unrecognized_keys')
    return `${[...issue.path, issue.keys.join(', ')].join('.')}: no such field`;
  const was = issue.path.reduce<unknown>(
    (value, key) => (value as Record<PropertyKey, unknown> | null)?.[key],
    raw,
  );
  if (was === undefined) {
    // What zod says by itself of a field that is not there is of types; what a schema says may be of other fields.
    const message = issue.message.startsWith('Invalid input') ? 'must be set' : issue.message;
    return `${path}: ${message}; it was not set`;
  }
  return `${path}: ${issue.message}; it was ${SECRET_FIELD.test(path) ? 'hidden' : shown(was)}`;
}

/** Addresses are where secrets end up by mistake. */
const shown = (value: unknown): string =>
  JSON.stringify(value)
    .replaceAll(/(:\/\/)[^/"]*@/g, '$1hidden@')
    .replaceAll(/\?[^"]*/g, '?hidden');
