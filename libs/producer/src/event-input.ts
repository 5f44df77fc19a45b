import type { EVENT_ID_FIELDS, EventOfSubject } from '@gondola/events';

export type Subject = keyof EventOfSubject;

type EventIdField<S extends Subject> = (typeof EVENT_ID_FIELDS)[S];

/** What may be null may be left out. */
type NullsOptional<T> = T extends readonly (infer Entry)[]
  ? readonly NullsOptional<Entry>[]
  : T extends object
    ? { readonly [K in keyof T as null extends T[K] ? never : K]: NullsOptional<T[K]> } & {
        readonly [K in keyof T as null extends T[K] ? K : never]?: NullsOptional<T[K]>;
      }
    : T;

/** An event as a program writes it. Its id is made when it has none; whoever gives one may send the event again. */
export type EventInput<S extends Subject> = NullsOptional<Omit<EventOfSubject[S], EventIdField<S>>> & {
  readonly [K in EventIdField<S>]?: string;
};
