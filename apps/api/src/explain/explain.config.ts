import { count } from '@gondola/config';
import { z } from 'zod';

const address = z.url({ protocol: /^https?$/ }).refine((url) => {
  const { username, password } = new URL(url);
  return username === '' && password === '';
}, 'must not hold a user or password: use keyFile');

const file = z.string().min(1, 'must name a file');

const limits = {
  /** For one answer; later, the templates' sentences stand. */
  timeoutMs: count(100, 120_000).default(10_000),
  answerTokensMax: count(64, 8_192).default(1_024),
};

const modelFields = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('openai'),
    /** Of whatever speaks OpenAI's chat completions, up to where `/chat/completions` begins. */
    url: address,
    model: z.string().min(1),
    /** File with its key; left out: it asks for none. */
    keyFile: file.optional(),
    ...limits,
  }),
  z.strictObject({
    kind: z.literal('azure'),
    endpoint: address,
    deployment: z.string().min(1),
    apiVersion: z.string().min(1).default('2024-10-21'),
    keyFile: file,
    ...limits,
  }),
  z.strictObject({
    kind: z.literal('bedrock'),
    region: z.string().min(1).optional(),
    endpoint: address.optional(),
    model: z.string().min(1),
    ...limits,
  }),
]);

/** What `POST /rag/explain` takes, and which model may put its answers in other words. */
export const explainFields = z.strictObject({
  questionCharactersMax: count(16, 4_000).default(500),
  /** Of all who ask together. */
  questionsPerMinute: count(1, 100_000).default(120),
  /** Left out: answers are those of templates, and nothing is sent anywhere. */
  model: modelFields.optional(),
});

export type ModelConfig = z.output<typeof modelFields>;
