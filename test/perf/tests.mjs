import { registerHooks } from 'node:module';

let areHooked = false;

/** A helper of the tests: these are TypeScript and know of jest. */
export function importFromTests(path) {
  if (!areHooked)
    registerHooks({
      resolve: (name, context, next) =>
        next(context.parentURL?.endsWith('.ts') ? name.replace(/^(\..+)\.js$/, '$1.ts') : name, context),
    });
  areHooked = true;
  globalThis.describe = Object.assign(() => {}, { skip: () => {} });
  return import(`../${path}`);
}
