import type { PosLine } from '@gondola/events';
import type { Fields } from './fields.js';
import { gtinOf } from './ids.js';

/** What a line may hold that goods are sold or come back by; every other child (Tender, Tax, Discount) is no line of goods. */
const SALES = ['sale', 'saleofgoods', 'saleforpickup', 'salefordelivery'];
const RETURNS = ['return', 'returnofgoods', 'returnforpickup', 'returnfordelivery'];
/** Item types that leave no shelf. A type that nobody knows is one of goods: a sale that is left out looks like stock. */
const NO_GOODS =
  /^(coupon|reward|loyalty|points|discount|gift(cert|card)|storedvalue|prepaid|deposit|fee|tax|service|warranty|insurance|alteration|tip|donation)/;
/** Children that make of a `Sale` what a loyalty scheme gives. */
const REWARD = ['loyaltyreward', 'rewardid', 'reward', 'couponid', 'promotionaloffer'];
/** Weights and measures, whose `Units` are the amount and whose text is then the number of pieces. */
const MEASURE = /^(kgm?|grm?|lbr?|lb|onz|oz|ltr?|mlt|mtr?|cmt?|ftk?)$/i;
const LINE_MAX = 2 ** 31 - 1;
/** Each may look for the one that it takes back. */
const LINES_MAX = 5_000;
const PRICE_SCALE = 1e4;

interface Goods {
  readonly line: PosLine;
  /** The till took it as minus so many. */
  readonly isNegative: boolean;
  readonly isVoid: boolean;
  /** lineSequence of the line that it voids, where it says so. */
  readonly voids: number | null;
}

/**
 * The lines of goods, with positive quantities:
 * - VoidFlag on a positive line: that line is void. On a negative one (its quantity or its amount): it voids an earlier line.
 * - a negative sale with an earlier sale of the same item takes that one back, in part if it is less: a void by sign.
 *   Without one it is a return.
 * - of a post-void all lines go the other way.
 */
export function linesOf(sale: Fields, isPostVoid: boolean): readonly PosLine[] {
  const items = sale.child('lineitems') ?? sale;
  const lines: PosLine[] = [];
  const all = items.list('lineitem', 'lineitems', 'lines');
  if (all.length > LINES_MAX) sale.refuse('mapper_field_invalid', `more than ${LINES_MAX} lines`);
  all.forEach((item, index) => {
    const goods = goodsOf(item, index);
    if (goods) append(goods, lines);
  });
  return isPostVoid ? lines.map(reversed) : lines;
}

function goodsOf(item: Fields, index: number): Goods | null {
  const returned = item.child(...RETURNS);
  const detail = returned ?? item.child(...SALES) ?? (item.has('itemid', 'positemid') ? item : null);
  if (!detail || isNoGoods(item, detail)) return null;
  const identity = detail.child('posidentity') ?? detail;
  const itemId =
    detail.text('itemid', 'sku') ??
    identity.text('positemid') ??
    detail.text('gtin', 'upc') ??
    detail.missing('ItemID');
  const signed = quantityOf(detail);
  const quantity = Math.abs(signed);
  const amount = detail.number('extendedamount');
  const isVoid = [item, detail].some((fields) => fields.flag('voidflag', 'voided', 'void', 'cancelflag'));
  const comesOff = amount !== null && amount < 0 && signed > 0 && returned === null;
  const isReward = comesOff && !isVoid;
  // A price look-up takes nothing; money that comes off with a positive quantity is a reward that is written as a sale.
  if (quantity === 0 || isReward) return null;
  const sequence = item.number('sequencenumber', 'linenumber', 'linesequence') ?? index + 1;
  if (!Number.isInteger(sequence) || Math.abs(sequence) > LINE_MAX)
    item.refuse('mapper_field_invalid', 'its SequenceNumber is no whole number of 32 bits');
  const isNegative = (signed < 0 || comesOff) && returned === null;
  return {
    line: {
      lineSequence: sequence,
      lineType: returned || isNegative ? 'RETURN' : 'SALE',
      itemId,
      gtin: gtinOf(detail.text('gtin', 'upc', 'ean')) ?? scannedGtin(identity),
      description: detail.text('description'),
      merchandiseGroup: detail.text('merchandisehierarchy', 'department', 'merchandisegroup'),
      quantity,
      unitPrice: unitPriceOf(detail, quantity, amount),
      promotionId: promotionOf(detail),
    },
    isNegative,
    isVoid,
    voids: (item.child('itemlink', 'lineitemlink', 'voidedlineitem') ?? item).number(
      'voidedsequencenumber',
      'linkedsequencenumber',
    ),
  };
}

/** Of eight digits every tenth number has the right check digit by chance: those have to be called a code. */
function scannedGtin(identity: Fields): string | null {
  const gtin = gtinOf(identity.text('positemid'));
  const isCode = /ean|upc|gtin/i.test(identity.text('posidtype', 'qualifier') ?? '');
  return gtin !== null && (isCode || gtin.length > 8) ? gtin : null;
}

function isNoGoods(item: Fields, detail: Fields): boolean {
  const type = (detail.text('itemtype', 'type') ?? '').toLowerCase().replace(/[^a-z]/g, '');
  return NO_GOODS.test(type) || item.has(...REWARD) || detail.has(...REWARD);
}

/** `<Quantity>2</Quantity>`, or `<Quantity Units="0.435" UnitOfMeasureCode="KGM">1</Quantity>`: 0.435. */
function quantityOf(detail: Fields): number {
  const measured = detail.child('quantity');
  const units = measured?.number('units') ?? null;
  const pieces = detail.number('quantity', 'qty');
  const isMeasured = MEASURE.test(
    measured?.text('unitofmeasurecode', 'uom') ?? detail.text('unitofmeasurecode', 'uom') ?? '',
  );
  if (units !== null && (pieces === null || (isMeasured && Number.isInteger(pieces))))
    return pieces !== null && pieces < 0 ? -Math.abs(units) : units;
  return pieces ?? detail.missing('Quantity');
}

/** What was paid for one: what the till says it took, else the line's amount by its quantity, else the price of the shelf. */
function unitPriceOf(detail: Fields, quantity: number, amount: number | null): number | null {
  const taken = detail.number('actualsalesunitprice', 'actualunitprice', 'unitprice');
  if (taken !== null) return Math.abs(taken);
  if (amount !== null) return Math.round((Math.abs(amount) / quantity) * PRICE_SCALE) / PRICE_SCALE;
  const regular = detail.number('regularsalesunitprice', 'regularunitprice', 'price');
  return regular === null ? null : Math.abs(regular);
}

function promotionOf(detail: Fields): string | null {
  const modifiers = detail.objects('retailpricemodifier', 'pricemodifier', 'discount');
  const ids = modifiers.map(
    (modifier) =>
      modifier.text('promotionid') ??
      modifier.child('pricederivationrule')?.text('pricederivationruleid', 'promotionid') ??
      null,
  );
  return ids.find((id) => id !== null) ?? detail.text('promotionid');
}

function append({ line, isNegative, isVoid, voids }: Goods, lines: PosLine[]): void {
  if (isVoid && !isNegative && voids === null) {
    lines.push({ ...line, lineType: 'VOID' });
    return;
  }
  const isVoiding = isVoid || isNegative;
  const earlier = isVoiding ? lines.findLastIndex((other) => isTakenBack(other, line, voids)) : -1;
  if (earlier >= 0) takeBack(earlier, line.quantity, lines);
  lines.push(isVoid || earlier >= 0 ? { ...line, lineType: 'VOID' } : line);
}

function isTakenBack(other: PosLine, line: PosLine, voids: number | null): boolean {
  const isMeant = voids === null ? other.itemId === line.itemId : other.lineSequence === voids;
  return isMeant && other.lineType === 'SALE' && other.quantity >= line.quantity;
}

/** The part that is left stays a sale; all of it is void. */
function takeBack(at: number, quantity: number, lines: PosLine[]): void {
  const left = Math.round((lines[at].quantity - quantity) * 1e6) / 1e6;
  lines[at] = left > 0 ? { ...lines[at], quantity: left } : { ...lines[at], lineType: 'VOID' };
}

function reversed(line: PosLine): PosLine {
  if (line.lineType === 'VOID') return line;
  return { ...line, lineType: line.lineType === 'SALE' ? 'RETURN' : 'SALE' };
}
