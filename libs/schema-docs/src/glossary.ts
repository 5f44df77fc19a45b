/** Words of shops and of data platforms that contracts use: what finds them in a text, and what they mean. */
const WORDS: readonly (readonly [word: string, pattern: RegExp, meaning: string])[] = [
  [
    'AsyncAPI',
    /asyncapi/i,
    'A standard form for documents about streams of messages, read by programs and by people.',
  ],
  [
    'bronze',
    /\bbronze\b/i,
    'The table of every record as it came, byte by byte. Restricted: nothing in it is masked.',
  ],
  [
    'CloudEvents',
    /cloudevents/i,
    'A standard for what is said about an event beside it: its id, type, source and time.',
  ],
  ['coming', /\bcoming\b/i, 'A signal: the shelf is not empty yet, and will be within the horizon.'],
  [
    'contract',
    /\bcontracts?\b/i,
    'What a producer and a reader of events agree on: fields, meanings, rules, masking, promises.',
  ],
  [
    'EPCIS',
    /\bEPCIS\b/,
    "GS1's standard words for what happens to goods: receiving, shipping, stocking, counting.",
  ],
  ['event', /\bevents?\b/i, 'A fact of a shop, decoded and found valid.'],
  [
    'freshness',
    /\bfresh(ness)?\b/i,
    'Age of the newest row: how long an event takes from happening to its row in silver.',
  ],
  ['GA4', /\bGA4\b/, "Google Analytics 4, whose names of e-commerce events this project's web events use."],
  ['GTIN', /\bGTIN\b/, 'Global Trade Item Number: the number of a product under its bar code.'],
  ['GLN', /\bGLN\b/, 'Global Location Number: the number of a shop or warehouse.'],
  [
    'IANA time zone',
    /\bIANA\b/,
    'Name of a time zone and its changes over the years, such as America/Bogota.',
  ],
  [
    'identity',
    /\bidentity\b/i,
    'The fields by which two events are the same fact: the second one is a duplicate and is dropped.',
  ],
  ['ISO 4217', /ISO 4217/, 'The standard of three letters for a currency, such as COP.'],
  ['key', /\bkey(ed)?\b/i, 'What decides the partition of a record. Records of one key stay in order.'],
  [
    'out of stock',
    /out_of_stock|out of stock|stockout/i,
    'A shelf on which an item should be and is not. As a signal: the record and the shelf are both empty.',
  ],
  ['phantom', /\bphantom\b/i, 'Stock that only the record has: it says units, and the shelf is empty.'],
  ['POSLog', /\bPOSLog\b/, 'The ARTS standard for what a till writes down of a transaction.'],
  [
    'quarantine',
    /\bquarantine\b/i,
    'The table of records that did not become events, with the reason and their bytes. They can be judged again.',
  ],
  ['recovered', /\brecovered\b/i, 'A signal: an earlier one of this shelf is over.'],
  [
    'schema.org',
    /schema\.org/,
    'A common vocabulary of web pages, among others for whether an offer is in stock.',
  ],
  [
    'schema id',
    /\bschema id\b|\bid of the schema\b/i,
    'The number in front of the bytes that says with which version of which schema they were written.',
  ],
  ['shelf', /\bshel(f|ves)\b/i, 'One item in one store: what signals speak of.'],
  ['signal', /\bsignals?\b/i, 'What detection says of a shelf, with a probability and its reasons.'],
  [
    'silent',
    /\bsilent\b/i,
    'A signal: sales stopped although some were expected, and no stock record is known.',
  ],
  [
    'silver',
    /\bsilver\b/i,
    'The table of valid events of one subject, each once, with personal fields masked. The place to analyse.',
  ],
  ['subject', /\bsubjects?\b/i, 'The name of one kind of event and of its contract.'],
  ['till', /\btills?\b/i, 'The cash register: POS, point of sale.'],
  [
    'token',
    /\btoken\b/i,
    'A keyed hash in place of a personal value: the same person is the same token, and nobody can tell who.',
  ],
];

export interface GlossaryEntry {
  readonly word: string;
  readonly meaning: string;
}

/** The entries whose words are in the text, in alphabetical order. */
export function glossaryOf(text: string): readonly GlossaryEntry[] {
  return WORDS.filter(([, pattern]) => pattern.test(text))
    .map(([word, , meaning]) => ({ word, meaning }))
    .sort((left, right) => left.word.localeCompare(right.word, 'en'));
}
