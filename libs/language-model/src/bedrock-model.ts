import { BedrockRuntimeClient, ConverseCommand } from '@aws-sdk/client-bedrock-runtime';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import {
  ANSWER_BYTES_MAX,
  mayAnswerLater,
  unavailable,
  type BedrockSettings,
  type LanguageModel,
} from './language-model.js';

const CONNECT_MS_MAX = 3_000;
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
          throw refusalOf(name, error);
        });
      const text = (answer.output?.message?.content ?? []).map((part) => part.text ?? '').join('');
      if (text === '') throw unavailable(name, 'its answer has no text', false);
      if (Buffer.byteLength(text) <= ANSWER_BYTES_MAX) return text;
      throw unavailable(name, `its answer has more than ${ANSWER_BYTES_MAX} bytes`, false);
    },
  };
}

/** The SDK's messages may say what was sent: its name and status alone are kept. */
function refusalOf(model: string, error: unknown) {
  const { name, $metadata } = error as { name?: string; $metadata?: { httpStatusCode?: number } };
  if (name === 'AbortError' || name === 'TimeoutError') return unavailable(model, 'it takes too long', true);
  if (name === 'CredentialsProviderError')
    return unavailable(model, 'there are no credentials of AWS', false);
  const status = $metadata?.httpStatusCode;
  if (status === undefined) return unavailable(model, 'it does not answer', true);
  const kind = /^[A-Za-z]{1,60}$/.test(name ?? '') ? ` (${name})` : '';
  return unavailable(model, `it answers ${status}${kind}`, mayAnswerLater(status));
}
