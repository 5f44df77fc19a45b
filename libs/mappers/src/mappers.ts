import { mapEpcis } from './epcis.js';
import { mapGa4 } from './ga4.js';
import type { Mapper } from './map-outcome.js';
import { mapPoslog } from './poslog.js';
import { mapSegment } from './segment.js';
import { mapShopify } from './shopify.js';
import { mapSnowplow } from './snowplow.js';
import { mapSquare } from './square.js';

/** What tills, shops and warehouses send, by the name that a configuration uses. */
export const MAPPED_FORMATS = ['poslog', 'ga4', 'segment', 'snowplow', 'epcis', 'square', 'shopify'] as const;
export type MappedFormat = (typeof MAPPED_FORMATS)[number];

export const MAPPERS: Readonly<Record<MappedFormat, Mapper>> = {
  poslog: mapPoslog,
  ga4: mapGa4,
  segment: mapSegment,
  snowplow: mapSnowplow,
  epcis: mapEpcis,
  square: mapSquare,
  shopify: mapShopify,
};
