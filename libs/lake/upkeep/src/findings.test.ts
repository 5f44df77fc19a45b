import { Findings } from './findings.js';

const at = (from: bigint, to = from) =>
  ({ kind: 'silver_unexplained', partition: '0', hour: '2026-11-23T12', from, to }) as const;

it('put neighbours together, and count a position once', () => {
  const findings = new Findings();
  for (const one of [at(3n), at(3n), at(4n), at(3n, 6n), at(6n), at(9n), at(9n)]) findings.add(one);
  expect(findings.list).toEqual([at(3n, 6n), at(9n)]);
  expect(findings.positions).toEqual({ silver_unexplained: 5 });
});
