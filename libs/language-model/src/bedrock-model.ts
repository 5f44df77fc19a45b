import { BedrockRuntimeClient, ConverseCommand } from '@aws-sdk/client-bedrock-runtime';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import { ANSWER_BYTES_MAX, unavailable, type BedrockSettings, type LanguageModel } from './language-model.js';

const CONNECT_MS_MAX = 3_000;
/** What no repeat helps against. */
const REFUSALS = new Set([
  'AccessDeniedException',
  'UnrecognizedClientException',
  'InvalidSignatureException',
  'ExpiredTokenException',
  'CredentialsProviderError',
  'ResourceNotFoundException',
  'ValidationException',
]);

/** Amazon Bedrock's Converse, with AWS's default chain of credentials; needs bedrock:InvokeModel on the model. */
export function createBedrockModel(settings: BedrockSettings): LanguageModel {
  const { region, endpoint, model, timeoutMs, answerTokensMax: maxTokens } = settings;
  const name = `bedrock ${model}`;
  const client = new BedrockRuntimeClient({
    ...{ region, endpoint, maxAttempts: 1 },
    // HTTP/2, its default, is for streams in both directions.
    requestHandler: new NodeHttpHandler({ connectionTimeout: CONNECT_MS_MAX, requestTimeout: timeoutMs }),
  });
  return {
    name,
    async complete({ system, user }) {
      const command = new ConverseCommand({
        modelId: model,
        system: [{ text: system }],
        messages: [{ role: 'user', content: [{ text: user }] }],
        inferenceConfig: { maxTokens },
      });
      const answer = await client
        .send(command, { abortSignal: AbortSignal.timeout(timeoutMs) })
        .catch((error: unknown) => {
          const cause = error instanceof Error ? error.name : 'Error';
          const isLate = cause === 'AbortError' || cause === 'TimeoutError';
          throw unavailable(name, isLate ? 'it takes too long' : `it says ${cause}`, !REFUSALS.has(cause));
        });
      const text = (answer.output?.message?.content ?? []).map((part) => part.text ?? '').join('');
      if (text === '') throw unavailable(name, 'its answer has no text', false);
      if (Buffer.byteLength(text) <= ANSWER_BYTES_MAX) return text;
      throw unavailable(name, `its answer has more than ${ANSWER_BYTES_MAX} bytes`, false);
    },
  };
}
