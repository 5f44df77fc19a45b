import { Problem, type Contract } from '@gondola/contract';
import { error, warning, type Finding } from './finding.js';
import { filesOf, parseJson, type SchemaFolder } from './schema-folder.js';

interface Example {
  readonly path: string;
  readonly event: unknown;
  /** null: it has to pass. */
  readonly expect: { readonly reason: string; readonly pointer: string } | null;
}

/**
 * `examples/pass/*.json` are events that have to pass. `examples/fail/*.json` are `{ expect: { reason, pointer }, event }`. Events
 * are natural JSON, as in the body of a CloudEvent.
 */
export function checkExamples(folder: SchemaFolder, contract: Contract, nowMs: number): readonly Finding[] {
  const { subject, file } = contract;
  const findings: Finding[] = [];
  const broken = new Set<string>();
  const examples = readExamples(folder, subject, findings);
  for (const example of examples) {
    const problem = judge(contract, example.event, nowMs);
    if (problem?.reason === 'rule_broken') broken.add(problem.message.split(':')[0]);
    findings.push(...compare(example, problem));
  }
  for (const kind of ['pass', 'fail'])
    if (!examples.some(({ expect }) => (expect === null) === (kind === 'pass')))
      findings.push(
        warning(
          'example_missing',
          `${subject}/examples/${kind}`,
          '',
          `has no example that has to ${kind}: add one`,
        ),
      );
  for (const { name, pointer } of file.rules)
    // An event without rows is refused before the rules look at it.
    if (!broken.has(name) && pointer !== `/${file.rows}`)
      findings.push(
        warning(
          'rule_unproven',
          `${subject}/contract.yaml`,
          `rules.${name}`,
          `no example breaks it: add one to ${subject}/examples/fail`,
        ),
      );
  return findings;
}

/** What passed at the release and does not pass now: the shape of every rule that became stricter. */
export function checkReleasedExamples(
  released: SchemaFolder,
  contract: Contract,
  nowMs: number,
): readonly Finding[] {
  return readExamples(released, contract.subject, [])
    .filter(({ expect }) => expect === null)
    .flatMap(({ path, event }) => {
      const problem = judge(contract, event, nowMs);
      if (!problem) return [];
      const { reason, pointer, message } = problem;
      return error(
        'released_example_refused',
        path,
        pointer,
        `passed at the release and is refused now (${reason}: ${message}): take back what became stricter`,
      );
    });
}

function readExamples(folder: SchemaFolder, subject: string, findings: Finding[]): readonly Example[] {
  const read = (kind: 'pass' | 'fail') =>
    filesOf(folder.files, `${subject}/examples/${kind}/`).flatMap(({ path, text }): Example[] => {
      const json = parseJson(text);
      if (kind === 'pass' && json !== null) return [{ path, event: json, expect: null }];
      if (isFailing(json)) return [{ path, ...json }];
      const shape = kind === 'pass' ? 'an event' : '{ "expect": { "reason", "pointer" }, "event" }';
      findings.push(error('example_unreadable', path, '', `must be JSON, ${shape}`));
      return [];
    });
  return [...read('pass'), ...read('fail')];
}

function isFailing(
  json: unknown,
): json is Pick<Example, 'event'> & { expect: { reason: string; pointer: string } } {
  const { expect, event } = (json ?? {}) as {
    readonly expect?: Readonly<Record<string, unknown>>;
    event?: unknown;
  };
  return (
    event !== undefined && typeof expect?.['reason'] === 'string' && typeof expect['pointer'] === 'string'
  );
}

function judge(contract: Contract, event: unknown, nowMs: number): Problem | null {
  const decoded = contract.decodeJson(event);
  return decoded instanceof Problem ? decoded : contract.check(decoded, nowMs);
}

function compare({ path, expect }: Example, problem: Problem | null): readonly Finding[] {
  if (!expect) {
    if (!problem) return [];
    const { reason, pointer, message } = problem;
    return [error('example_refused', path, pointer, `has to pass and is refused (${reason}: ${message})`)];
  }
  const wanted = `${expect.reason} at ${expect.pointer || 'the whole event'}`;
  if (!problem)
    return [error('example_passes', path, expect.pointer, `has to be refused (${wanted}) and passes`)];
  const { reason, pointer, message } = problem;
  if (reason === expect.reason && pointer === expect.pointer) return [];
  const found = `${reason} at ${pointer || 'the whole event'}: ${message}`;
  return [
    error('example_refused_otherwise', path, pointer, `has to be refused with ${wanted}, is with ${found}`),
  ];
}
