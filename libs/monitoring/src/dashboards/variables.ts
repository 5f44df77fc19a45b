import type { Variable } from './dashboard.js';

export const ENVIRONMENT: Variable = {
  ...{ kind: 'label', name: 'environment', label: 'Environment', all: false },
  metric: 'gondola_build_info',
};

export const STORES: Variable = {
  ...{ kind: 'label', name: 'store', label: 'Store', all: true },
  metric: 'gondola_store_shelves',
};

/** A price that whoever looks at costs types in, as theirs differ by provider and region. */
export const price = (name: string, label: string, value: string): Variable => ({
  ...{ kind: 'text', name, label, value },
});
