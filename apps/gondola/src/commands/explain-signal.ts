import { findSignal, replaySignal, replayStart, signalDifferences } from '@gondola/detect-service';
import type { Receipt, Signal } from '@gondola/events';
import { bronzeOfPartition, type UpkeepDeps } from '@gondola/lake-upkeep';
import { loadEmbeddedRegistry } from '@gondola/schema-registry';
import { GondolaError } from '@gondola/stream';
import { UsageError, type Command, type CommandContext, type Summary } from '../command.js';
import {
  inputsInWords,
  LANGUAGES,
  signalInWords,
  startInWords,
  verdictInWords,
  type Language,
} from '../explain-words.js';
import { SHIPPED } from '../line.js';
import { LAKE_OPTIONS, LAKE_USAGE, upkeepOf } from '../upkeep-line.js';

export const explainSignal: Command = {
  summary: 'say what a signal says and what it was made of; --replay makes it again from bronze and compares',
  usage:
    `ID ${LAKE_USAGE} [--replay [--from-start] [--schemas DIR]] [--lang en|es]\n` +
    '  --replay: exits 0 when every field is the same, 1 when not. It begins at the newest snapshot of detection that lies\n' +
    '  before the signal, --from-start where detection began. --schemas: the contracts of then, if they are not those shipped',
  options: {
    ...LAKE_OPTIONS,
    replay: { type: 'boolean', default: false },
    'from-start': { type: 'boolean', default: false },
    schemas: { type: 'string' },
    lang: { type: 'string', default: 'en' },
  },
  async run({ positionals, values }, context) {
    const [signalId, ...rest] = positionals;
    if (signalId === undefined || rest.length > 0) throw new UsageError('explain-signal takes one signal ID');
    const language = LANGUAGES.find((one) => one === values['lang']);
    if (!language) throw new UsageError(`--lang is ${LANGUAGES.join(' or ')}`);
    const deps = upkeepOf(values, context);
    const signal = await findSignal(deps, signalId);
    if (!signal) throw notFound(signalId, deps);
    for (const line of signalInWords(signal, language)) context.say(line);
    const summary = { command: 'explain-signal', ok: true, signal };
    if (values['replay'] !== true) return summary;
    const fromStart = values['from-start'] === true;
    const schemas = typeof values['schemas'] === 'string' ? values['schemas'] : SHIPPED.schemas;
    return { ...summary, ...(await replayed(signal, { deps, context, language, fromStart, schemas })) };
  },
};

interface ReplayTools {
  readonly deps: UpkeepDeps;
  readonly context: CommandContext;
  readonly language: Language;
  readonly fromStart: boolean;
  readonly schemas: string;
}

async function replayed(signal: Signal, tools: ReplayTools): Promise<Summary> {
  const { deps, context, language, fromStart, schemas } = tools;
  const receipt = receiptOf(signal);
  const start = await replayStart(deps, receipt, fromStart);
  const bronze = await bronzeOfPartition(deps, receipt.stream, receipt.partition);
  const end = BigInt(receipt.position) + (receipt.clockMs === null ? 1n : 0n);
  bronze.requireFrom(start.position, end);
  context.say(startInWords(start.kind, start.position, language));
  const {
    signal: made,
    inputs,
    records,
  } = await replaySignal(
    { ...deps, registry: loadEmbeddedRegistry(schemas), read: (from, to) => bronze.read(from, to) },
    { ...signal, receipt },
    start,
  );
  const differences = made && (await signalDifferences(signal, made));
  for (const line of inputsInWords(inputs, language)) context.say(line);
  for (const line of verdictInWords(differences, language)) context.say(line);
  const isSame = differences?.length === 0;
  const software = made?.receipt?.software;
  if (software !== undefined && software !== receipt.software)
    context.say(`made by version ${receipt.software}, replayed by ${software}`);
  return {
    ok: isSame,
    verdict: isSame ? 'same' : 'differs',
    differences: differences ?? 'not made',
    replayedFrom: { kind: start.kind, position: String(start.position) },
    records,
    inputs,
  };
}

function receiptOf({ receipt, signalId }: Signal): Receipt {
  if (receipt) return receipt;
  throw new GondolaError(
    'input_invalid',
    `${signalId} has no receipt: a version before receipts made it, and it cannot be replayed`,
    false,
  );
}

const notFound = (signalId: string, { store, environment }: UpkeepDeps) =>
  new GondolaError(
    'input_invalid',
    `${store.address} has no signal ${signalId} of ${environment}: it may have been expired, or is of another environment`,
    false,
  );
