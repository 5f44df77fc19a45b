import type { Cause } from '@gondola/events';

/** Money with the ends of its 80 % interval; where there is none, both are the value. */
export interface BriefMoney {
  readonly currency: string | null;
  readonly value: number;
  readonly low: number;
  readonly high: number;
}

/** A shelf that went empty again and again. */
export interface RepeatOffender {
  readonly itemId: string;
  readonly itemName: string | null;
  /** Times it was found empty in the last seven days, yesterday the last of them. */
  readonly times: number;
  /** Likeliest cause of the last time, null where nothing can be said. */
  readonly cause: Cause['name'] | null;
  /** In these days; one for each currency, none where no price is known. */
  readonly lost: readonly BriefMoney[];
}

/** What is expected to run out within an hour of today. */
export interface RiskHour {
  /** Of the store's clock, 0 to 23. */
  readonly hour: number;
  readonly hourMs: number;
  readonly shelves: number;
  /** What they would lose in an hour, by currency. */
  readonly lostPerHour: readonly BriefMoney[];
  /** Those that would lose most, at most three. */
  readonly items: readonly RiskItem[];
}

export interface RiskItem {
  readonly itemId: string;
  readonly itemName: string | null;
  readonly signalId: string;
  readonly probability: number;
  readonly expectedAtMs: number;
  /** Until when a refill still comes in time; null: no way to refill is known. */
  readonly actByMs: number | null;
}

/** One store's morning. */
export interface BriefAnswer {
  readonly storeId: string;
  readonly storeName: string | null;
  readonly city: string | null;
  /** Whose morning it is, by the store's own clock: `2026-05-01`. */
  readonly day: string;
  readonly yesterday: string;
  readonly timeZone: string;
  /** Up to here the lake was read, milliseconds since 1970. */
  readonly asOfMs: number;
  /** What yesterday's empty shelves lost. */
  readonly loss: {
    readonly episodes: number;
    /** One for each currency; none where no price is known. */
    readonly lost: readonly BriefMoney[];
    /** Of the same day of the week before. */
    readonly lostWeekBefore: readonly BriefMoney[];
    /** Availability by sales of yesterday, 0 to 1, one for each currency. */
    readonly availability: readonly { readonly currency: string | null; readonly value: number }[];
  };
  /** At most five, those that lost most first. */
  readonly repeatOffenders: readonly RepeatOffender[];
  readonly today: {
    /** Hours of today in which something is expected to run out, the next first. */
    readonly risks: readonly RiskHour[];
    /** Shelves that are empty now. */
    readonly openShelves: number;
    /** What they lose in an hour. */
    readonly lostPerHour: readonly BriefMoney[];
  };
  /** Shelves that were filled yesterday. */
  readonly closed: {
    readonly episodes: number;
    /** Of them, those that somebody looked at. */
    readonly lookedAt: number;
    readonly minutesToFixMedian: number | null;
    /** What they lost in an hour until then. */
    readonly stoppedPerHour: readonly BriefMoney[];
    /**
     * What acting on them brought: their number times what an episode loses more where it is shown to nobody (95 % interval). Of the
     * whole chain's last four weeks; empty without a hold-out arm, since then nobody knows.
     */
    readonly recovered: readonly BriefMoney[];
  };
  /** The same in ten lines at most, in the language that was asked for. */
  readonly lines: readonly string[];
}
