import fc from 'fast-check';

/**
 * Property tests draw the same values in every run, so that a red build is never luck and can be repeated.
 * SEED=random npm test looks further; a number repeats what another run drew.
 */
const seed = process.env.SEED ?? '20261124';
if (seed !== 'random') fc.configureGlobal({ seed: Number(seed) });
