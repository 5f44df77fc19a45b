export { openLanguageModel } from './open-language-model.js';
export type { LanguageModel, ModelSettings, Prompt } from './language-model.js';
