export { createDedupeStage, withoutRecords, type DedupeOptions, type DedupeStage } from './dedupe.stage.js';
export {
  createEventKnownStage,
  holdingDuplicates,
  type EventKnownOptions,
  type PlacedEvent,
} from './event-known.stage.js';
export { IdentityWindow } from './identity-window.js';
export { createMaskRecord, type MaskedRecord, type MaskRecord } from './masked-record.js';
export { createMaskStage, MASKING_KEY_BYTES_MIN, type MaskOptions } from './mask.stage.js';
export { unmappedHeaders } from './unmapped-record.js';
export { createValidateStage, type ValidateOptions } from './validate.stage.js';
export {
  attributeShown,
  createShowRecord,
  namesOf,
  type ShownRecord,
  type ShowRecord,
} from './record-view.js';
export { createIsPending } from './is-pending.js';
export { createExpectStage, type ExpectOptions } from './expect.stage.js';
export { isWindowSection } from './window-copy.js';
