import { createAzureModel, createOpenAiModel } from './chat-model.js';
import type { LanguageModel, ModelSettings } from './language-model.js';

/** `key` null: the server asks for none. AWS's SDK is loaded when it is needed, and finds its own credentials. */
export async function openLanguageModel(settings: ModelSettings, key: string | null): Promise<LanguageModel> {
  switch (settings.kind) {
    case 'openai':
      return createOpenAiModel(settings, key);
    case 'azure':
      return createAzureModel(settings, key);
    case 'bedrock':
      return (await import('./bedrock-model.js')).createBedrockModel(settings);
  }
}
