export { ChoiceError } from './choice-error.js';
export { parseFilter, parseTime, type QuarantineFilter } from './filter.js';
export { createJudge, type Judge, type JudgeDeps } from './judge.js';
export {
  list,
  type ListOptions,
  type ListedRow,
  type QuarantineGroup,
  type QuarantineListing,
} from './list.js';
export { replay, REPLAYS_MAX, type ReplayOptions, type ReplayOutcome, type ReplayResult } from './replay.js';
export { REASON_WORDS } from './reason-words.js';
export { show, type ShownRow } from './show.js';
