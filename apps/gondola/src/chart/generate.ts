import { writeFileSync } from 'node:fs';
import { valuesSchema } from './values-schema.js';

export const SCHEMA_PATH = 'helm/gondola/values.schema.json';
export const schemaText = (): string => `${JSON.stringify(valuesSchema(), null, 1)}\n`;

// `npm run chart`, in the root of the repository, after a change of what a service or the chart may be told.
if (import.meta.main) writeFileSync(SCHEMA_PATH, schemaText());
