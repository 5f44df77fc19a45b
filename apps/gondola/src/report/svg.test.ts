import { barChart, lineChart } from './svg.js';

const unit = (label: string) => ({ label, min: 0, max: 1, step: 0.5 });

describe('lineChart', () => {
  const chart = lineChart({
    title: 'P & R < 1',
    x: unit('recall'),
    y: unit('precision'),
    lines: [
      {
        name: 'one',
        color: '#123456',
        points: [
          [0, 1],
          [0.5, 0.25],
          [1, 0],
        ],
        dots: true,
      },
      {
        name: 'two',
        color: '#abcdef',
        points: [
          [0, 0],
          [1, 1],
        ],
        dashed: true,
      },
    ],
  });

  it('places points between the axes: 64 to 540 across, 324 up to 72', () => {
    expect(chart).toContain('points="64,72 302,261 540,324"');
    expect(chart).toContain('<circle cx="302" cy="261" r="3.5" fill="#123456"/>');
    expect(chart).toContain('stroke-dasharray="6 5" points="64,324 540,72"');
  });

  it('names axes, ticks and lines, and escapes what would end the text', () => {
    for (const words of ['>recall<', '>precision<', '>0.5<', '>one<', '>two<', '>P &amp; R &lt; 1<'])
      expect(chart).toContain(words);
  });

  it('is whole: every element that is opened is closed', () => {
    const opened = [...chart.matchAll(/<(\w+)(?:\s[^>]*[^/])?>/g)].map(([, name]) => name);
    const closed = [...chart.matchAll(/<\/(\w+)>/g)].map(([, name]) => name);
    expect(opened.sort()).toEqual(closed.sort());
  });
});

it('barChart draws groups side by side, from the bottom up', () => {
  const chart = barChart({
    title: 'AP',
    xLabel: 'units a day',
    y: unit('AP'),
    groups: ['slow', 'fast'],
    bars: [
      { name: 'rule', color: 'gray', values: [0.5, 0] },
      { name: 'trees', color: 'blue', values: [1, 0.25] },
    ],
  });
  // A group is 238 wide, 80 % of it bars of 95.2.
  expect(
    [...chart.matchAll(/<rect x="([\d.]+)" y="([\d.]+)" width="93.2" height="([\d.]+)"/g)].map((found) =>
      found.slice(1).map(Number),
    ),
  ).toEqual([
    [87.8, 198, 126],
    [325.8, 324, 0],
    [183, 72, 252],
    [421, 261, 63],
  ]);
  expect(chart).toContain('>fast<');
});
