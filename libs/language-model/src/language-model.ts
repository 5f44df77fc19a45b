import { GondolaError } from '@gondola/stream';

export interface Prompt {
  /** What it is to do, by us. */
  readonly system: string;
  /** What it is to do it with. */
  readonly user: string;
}

export interface LanguageModel {
  /** For answers and logs: no address, no key. */
  readonly name: string;
  /**
   * What it writes. Never longer than `answerTokensMax` and 64 KB. Errors: `language_model_unavailable`, also after `timeoutMs`;
   * its message has nothing of the prompt, the key or what the server said.
   */
  complete(prompt: Prompt): Promise<string>;
}

interface Limits {
  readonly timeoutMs: number;
  readonly answerTokensMax: number;
}

/** Whatever speaks OpenAI's chat completions: OpenAI, vLLM, Ollama, llama.cpp and others. */
export interface OpenAiSettings extends Limits {
  readonly kind: 'openai';
  /** Up to where `/chat/completions` begins, such as `http://127.0.0.1:11434/v1`. */
  readonly url: string;
  readonly model: string;
}

export interface AzureSettings extends Limits {
  readonly kind: 'azure';
  /** `https://<resource>.openai.azure.com` */
  readonly endpoint: string;
  readonly deployment: string;
  readonly apiVersion: string;
}

export interface BedrockSettings extends Limits {
  readonly kind: 'bedrock';
  /** AWS_REGION or the shared configuration file when left out. */
  readonly region?: string | undefined;
  /** Of another server that speaks Bedrock, such as one within a VPC. */
  readonly endpoint?: string | undefined;
  /** Id of a model or of an inference profile. */
  readonly model: string;
}

export type ModelSettings = OpenAiSettings | AzureSettings | BedrockSettings;

/** What an answer may have at most: a model that does not stop must not fill memory. */
export const ANSWER_BYTES_MAX = 65_536;

export const unavailable = (name: string, why: string, canRetry: boolean): GondolaError =>
  new GondolaError('language_model_unavailable', `${name}: ${why}`, canRetry);
