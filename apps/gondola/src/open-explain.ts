import type { ExplainSources, ModelConfig } from '@gondola/api';
import { openLanguageModel } from '@gondola/language-model';
import { SHIPPED } from './line.js';
import { readSecret } from './read-token.js';

/** What explanations are made of. Without a model nothing is sent anywhere. Errors: `config_invalid`. */
export async function openExplain({
  model,
}: {
  readonly model?: ModelConfig | undefined;
}): Promise<ExplainSources> {
  return { runbooks: SHIPPED.runbooks, model: model ? await openModel(model) : null };
}

function openModel(model: ModelConfig) {
  if (model.kind === 'bedrock' || model.keyFile === undefined) return openLanguageModel(model, null);
  return openLanguageModel(model, readSecret(model.keyFile, 'explain.model.keyFile'));
}
