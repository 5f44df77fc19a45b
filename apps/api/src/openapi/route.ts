import type { z } from 'zod';
import type { Answers } from './answers.js';

/** What a route answers: JSON of a known type, JSON that another specification describes, something else than JSON, or nothing. */
export type Answer = keyof Answers | null | { readonly json: string } | { readonly mediaType: string };

export interface Route {
  readonly method: 'get' | 'post' | 'put' | 'delete';
  /** With `:name` for what is a parameter, as controllers have it. */
  readonly path: string;
  readonly tag:
    'signals' | 'shelves' | 'people' | 'answers' | 'events' | 'registry' | 'board' | 'access' | 'operations';
  readonly summary: string;
  readonly query?: z.ZodObject;
  readonly body?: z.ZodObject | string;
  readonly answers: Readonly<Record<number, Answer>>;
  /** It answers from what the api has read of the lake: 503 until that was read once. */
  readonly needsLake?: boolean;
  /** Status codes of its refusals, besides those that each route has. */
  readonly refusals?: readonly number[];
}
