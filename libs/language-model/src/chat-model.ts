import {
  ANSWER_BYTES_MAX,
  unavailable,
  type AzureSettings,
  type LanguageModel,
  type OpenAiSettings,
  type Prompt,
} from './language-model.js';

interface ChatEndpoint {
  readonly name: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Left out where the address says it. */
  readonly model?: string;
  readonly tokensField: 'max_tokens' | 'max_completion_tokens';
}

/** `key` null: the server asks for none. */
export function createOpenAiModel(settings: OpenAiSettings, key: string | null): LanguageModel {
  const { url, model } = settings;
  return chatModel(
    {
      ...{ name: `openai ${model}`, url: `${url.replace(/\/+$/, '')}/chat/completions`, model },
      headers: key === null ? {} : { authorization: `Bearer ${key}` },
      // Servers of others know no other.
      tokensField: 'max_tokens',
    },
    settings,
  );
}

export function createAzureModel(settings: AzureSettings, key: string | null): LanguageModel {
  const { endpoint, deployment, apiVersion } = settings;
  const path = `openai/deployments/${encodeURIComponent(deployment)}/chat/completions`;
  return chatModel(
    {
      name: `azure ${deployment}`,
      url: `${endpoint.replace(/\/+$/, '')}/${path}?api-version=${encodeURIComponent(apiVersion)}`,
      headers: key === null ? {} : { 'api-key': key },
      tokensField: 'max_completion_tokens',
    },
    settings,
  );
}

function chatModel(
  { name, url, headers, model, tokensField }: ChatEndpoint,
  { timeoutMs, answerTokensMax }: Pick<OpenAiSettings, 'timeoutMs' | 'answerTokensMax'>,
): LanguageModel {
  return {
    name,
    async complete({ system, user }: Prompt) {
      const body = {
        ...(model === undefined ? {} : { model }),
        messages: [
          { role: 'system', content: system },
          { role: 'user', content: user },
        ],
        [tokensField]: answerTokensMax,
      };
      const text = await post(name, url, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...headers },
        body: JSON.stringify(body),
        // The key is for this server and no other.
        redirect: 'error',
        signal: AbortSignal.timeout(timeoutMs),
      });
      const content = contentOf(text);
      if (content === null) throw unavailable(name, 'its answer is no chat completion', false);
      return content;
    },
  };
}

async function post(name: string, url: string, request: RequestInit): Promise<string> {
  let response: Response;
  let text: string | null;
  try {
    response = await fetch(url, request);
    text = await readUpTo(response, ANSWER_BYTES_MAX);
  } catch (error) {
    const isLate = error instanceof Error && error.name === 'TimeoutError';
    throw unavailable(name, isLate ? 'it takes too long' : 'it does not answer', true);
  }
  const { ok, status } = response;
  if (!ok) {
    const isKey = status === 401 || status === 403;
    const why = `it answers ${status}${isKey ? ': look at explain.model.keyFile' : ''}`;
    throw unavailable(name, why, status === 408 || status === 429 || status >= 500);
  }
  if (text === null) throw unavailable(name, `its answer has more than ${ANSWER_BYTES_MAX} bytes`, false);
  return text;
}

/** Null: there is more. */
async function readUpTo({ body }: Response, bytesMax: number): Promise<string | null> {
  if (!body) return '';
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of body as AsyncIterable<Uint8Array>) {
    bytes += chunk.length;
    if (bytes > bytesMax) return null;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks, bytes).toString('utf8');
}

function contentOf(text: string): string | null {
  try {
    const { choices } = JSON.parse(text) as { choices?: { message?: { content?: unknown } }[] };
    const content = choices?.[0]?.message?.content;
    return typeof content === 'string' ? content : null;
  } catch {
    return null;
  }
}
