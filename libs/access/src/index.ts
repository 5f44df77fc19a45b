export * from './environment-keys.js';
export { appendToKeysFile, readKeysFile, removeFromKeysFile, type KeysFile } from './keys-file.js';
export {
  createTokenJudge,
  oidcFields,
  type OidcConfig,
  type TokenFinding,
  type TokenJudge,
} from './token-judge.js';
export { TokenBucket } from './token-bucket.js';
export { WatchedFile, type WatchedFileDeps } from './watched-file.js';
