import type { PosLine, PosTransaction } from '@gondola/events';
import { currencyOf, Fields } from './fields.js';
import { sequenceOf } from './ids.js';
import type { MapContext, MappedEvent, Mapper } from './map-outcome.js';
import { linesOf } from './poslog-lines.js';
import { createMapper, parseXmlOrJson } from './read-document.js';

/**
 * ARTS/OMG POSLog 2.x to 6, in XML or in the JSON that vendors make of it: one event for each transaction that has goods.
 * - What the transaction lacks, its POSLog may say: NCR writes store and business day on the root.
 * - CancelFlag and a voided status are VOID, TrainingModeFlag TRAINING, SuspendFlag SUSPEND.
 * - A post-void takes an earlier transaction back: its lines go the other way, and without lines it is `mapper_retraction`.
 */
export const mapPoslog: Mapper = createMapper(transactionsOf, mapTransaction, parseXmlOrJson);

const VOID_STATUS = /^(void|cancel|fail|abort)/;

function transactionsOf(root: Fields): readonly Fields[] {
  const log = root.child('poslog', 'transactions') ?? root;
  const transactions = log.list('transaction', 'transactions');
  if (transactions.length === 0) return [log];
  // What the root says of these is true of all. Its own number or id is nobody else's.
  const header = log.only('retailstoreid', 'businessdaydate', 'workstationid', 'currencycode');
  return transactions.map((transaction) => transaction.over(header));
}

function mapTransaction(transaction: Fields, context: MapContext): readonly MappedEvent[] {
  const sale = transaction.child('retailtransaction') ?? transaction;
  const isRetail = transaction.has('retailtransaction') || transaction.has('lineitem', 'lineitems');
  if (!isRetail)
    transaction.refuse(
      'mapper_event_unknown',
      'no RetailTransaction: nothing in it leaves or enters the shop',
    );
  const isPostVoid = isPostVoided(transaction, sale);
  const lines = linesOf(sale, isPostVoid);
  if (lines.length === 0)
    sale.refuse(
      isPostVoid ? 'mapper_retraction' : 'mapper_event_unknown',
      isPostVoid
        ? 'it takes back an earlier transaction and does not list its lines'
        : 'none of its lines is about goods',
    );
  return [transactionEvent(headOf(transaction, sale, context), typeOf(transaction, sale, lines), lines)];
}

type Head = Omit<PosTransaction, 'eventId' | 'transactionType' | 'lines'> & {
  readonly eventId: string | null;
};

function headOf(transaction: Fields, sale: Fields, context: MapContext): Head {
  const unit = transaction.child('businessunit', 'retailstore') ?? Fields.none(transaction.pointer);
  const retailStoreId =
    transaction.text('retailstoreid', 'storeid') ??
    unit.text('unitid', 'retailstoreid', 'id') ??
    context.storeId ??
    transaction.missing('RetailStoreID', 'storeId');
  const begin =
    transaction.time(context.timeZone, 'begindatetime', 'begintimestamp', 'startdatetime') ??
    transaction.time(context.timeZone, 'enddatetime', 'endtimestamp', 'posttimestamp') ??
    sale.time(context.timeZone, 'receiptdatetime') ??
    transaction.missing('BeginDateTime');
  const loyalty = sale.child('loyaltyaccount', 'loyalty', 'loyaltymembership') ?? Fields.none(sale.pointer);
  const customer = sale.child('customer') ?? Fields.none(sale.pointer);
  const currency =
    transaction.text('currencycode', 'currency') ??
    sale.text('currencycode', 'currency') ??
    currencyOfTotal(sale);
  return {
    eventId: transaction.text('transactionid', 'eventid'),
    retailStoreId,
    workstationId: transaction.requireText('workstationid', 'registerid', 'tillid'),
    sequenceNumber: sequenceOf(transaction.requireText('sequencenumber', 'transactionnumber')),
    businessDayDate: transaction.day('businessdaydate', 'businessdate') ?? begin.day,
    beginDateTime: begin.atMs,
    currencyCode: currencyOf(currency, context) ?? transaction.missing('CurrencyCode', 'currency'),
    operatorId: operatorOf(transaction),
    customerId: customer.text('customerid', 'id') ?? null,
    loyaltyId: loyalty.text('loyaltyaccountid', 'loyaltyid', 'accountid', 'membershipid', 'id'),
  };
}

function transactionEvent(
  head: Head,
  transactionType: PosTransaction['transactionType'],
  lines: readonly PosLine[],
): MappedEvent {
  const { retailStoreId, workstationId, businessDayDate, sequenceNumber } = head;
  const eventId =
    head.eventId ?? `poslog:${retailStoreId}:${workstationId}:${businessDayDate}:${sequenceNumber}`;
  const subject = 'retail.pos.transaction';
  return { subject, type: subject, value: { ...head, eventId, transactionType, lines } };
}

function typeOf(
  transaction: Fields,
  sale: Fields,
  lines: readonly PosLine[],
): PosTransaction['transactionType'] {
  const is = (...names: readonly string[]) => transaction.flag(...names) || sale.flag(...names);
  const status = statusOf(sale);
  if (is('trainingmodeflag', 'trainingmode', 'training')) return 'TRAINING';
  if (is('cancelflag', 'cancelled', 'canceled', 'voidflag') || VOID_STATUS.test(status)) return 'VOID';
  if (is('suspendflag', 'suspended') || status.startsWith('suspend')) return 'SUSPEND';
  if (lines.every(({ lineType }) => lineType === 'VOID')) return 'VOID';
  return lines.some(({ lineType }) => lineType === 'SALE') ? 'SALE' : 'RETURN';
}

/** By status, or by a link to the transaction that it voids. */
function isPostVoided(transaction: Fields, sale: Fields): boolean {
  const links = [...sale.objects('transactionlink'), ...transaction.objects('transactionlink')];
  return (
    /^post.?void/.test(statusOf(sale)) ||
    links.some((link) => /void/i.test(link.text('reasoncode', 'reason') ?? ''))
  );
}

const statusOf = (sale: Fields): string => sale.text('transactionstatus', 'status')?.toLowerCase() ?? '';

/** `<OperatorID OperatorName="...">12</OperatorID>` or `<Operator><OperatorID>`: the id, never the name. */
function operatorOf(transaction: Fields): string | null {
  const operator = transaction.child('operator');
  return operator ? operator.text('operatorid', 'id') : transaction.text('operatorid', 'cashierid');
}

/** `<Total Currency="COP">`. */
function currencyOfTotal(sale: Fields): string | null {
  const totals = sale.objects('total').map((total) => total.text('currency', 'currencycode'));
  return totals.find((currency) => currency !== null) ?? null;
}
