import type { Fields, FoundText } from './fields.js';
import { checkDigit, gtinOf } from './ids.js';
import { Unmappable } from './unmappable.js';

/** So much of one trade item. */
export interface EpcisItem {
  /** GTIN: 13 digits, or 14 where the first is no 0. */
  readonly itemId: string;
  readonly quantity: number;
  /** Each one was read by its own serial number. */
  readonly isSerial: boolean;
}

const SGTIN = /^urn:epc:(?:id:sgtin|class:lgtin|idpat:sgtin):(\d+)\.(\d)(\d*)\./;
/** Pallets, returnable and other assets, documents, people: as URN or by their application identifier. */
const NO_TRADE_ITEM =
  /^urn:epc:(?:id|idpat|class):(?:sscc|grai|giai|gsrn|gsrnp|gdti|gsin|ginc|itip|cpi)\b|\/(?:00|8003|8004|8017|8018|253|401|402)\//;
const SGLN = /^urn:epc:id:(?:sgln|pgln):(\d+)\.(\d*)(?:\.(.*))?$/;

/** The trade items of `epcList` (each is one) and `quantityList`, summed by item. Throws `Unmappable`. */
export function itemsOf(event: Fields): readonly EpcisItem[] {
  const items = new Map<string, EpcisItem>();
  const add = (itemId: string, quantity: number, isSerial: boolean) => {
    const there = items.get(itemId);
    items.set(itemId, {
      itemId,
      quantity: (there?.quantity ?? 0) + quantity,
      isSerial: isSerial && (there?.isSerial ?? true),
    });
  };
  for (const epc of event.texts('epclist')) {
    const gtin = gtinOfEpc(epc);
    if (gtin) add(gtin, 1, true);
  }
  for (const entry of event.list('quantitylist')) {
    const gtin = gtinOfEpc(entry.requireFound('epcclass'));
    if (gtin) add(gtin, entry.requireNumber('quantity'), false);
  }
  return [...items.values()];
}

/** A GLN of 13 digits, with its extension where it has one that means something; any other id as it stands. */
export function locationOf(place: Fields | null, event: Fields): string | null {
  const id = place?.text('id') ?? event.text('bizlocation', 'readpoint');
  if (id === null) return null;
  const urn = SGLN.exec(id);
  const link = /\/414\/(\d{13})(?:\/254\/([^/?#]+))?/.exec(id);
  const digits = urn ? `${urn[1]}${urn[2]}` : '';
  const gln = urn ? `${digits}${checkDigit(digits)}` : link?.[1];
  const extension = urn ? urn[3] : link?.[2];
  if (gln === undefined || gln.length !== 13) return id;
  return extension === undefined || extension === '0' ? gln : `${gln}.${extension}`;
}

/**
 * From a URN (company prefix, indicator and item reference) or a GS1 Digital Link. Null: what goods are packed in, carried
 * on or used with. Anything else would be goods that are lost on the way, and is refused.
 */
function gtinOfEpc({ value: epc, pointer }: FoundText): string | null {
  if (NO_TRADE_ITEM.test(epc)) return null;
  const urn = SGTIN.exec(epc);
  const digits = urn ? `${urn[2]}${urn[1]}${urn[3]}` : '';
  const gtin = gtinOf(
    urn ? `${digits}${checkDigit(digits)}` : (/\/01\/(\d{14})(?:[/?#]|$)/.exec(epc)?.[1] ?? null),
  );
  if (gtin === null || gtin.length !== 14)
    throw new Unmappable('mapper_field_invalid', pointer, 'a GTIN expected, as EPC URN or GS1 Digital Link');
  return gtin.replace(/^0(?=\d{13}$)/, '');
}
