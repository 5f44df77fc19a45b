import { createRequire } from 'node:module';
import type * as ajv from 'ajv';
import type * as ajv2019 from 'ajv/dist/2019.js';
import type * as ajv2020 from 'ajv/dist/2020.js';
import type * as formats from 'ajv-formats';

const require = createRequire(import.meta.url);

/** Ajv for each family of drafts, and its formats. */
function load() {
  return {
    Ajv: (require('ajv') as typeof ajv).Ajv,
    Ajv2019: (require('ajv/dist/2019.js') as typeof ajv2019).Ajv2019,
    Ajv2020: (require('ajv/dist/2020.js') as typeof ajv2020).Ajv2020,
    formats: (require('ajv-formats') as typeof formats.default).default,
  };
}

export type AjvLibrary = ReturnType<typeof load>;

let loaded: AjvLibrary | null = null;

/** Loaded by the first JSON Schema: most processes never see one, and every start would pay for it. */
export const ajvLibrary = (): AjvLibrary => (loaded ??= load());
