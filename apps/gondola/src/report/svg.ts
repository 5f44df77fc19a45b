/** Charts as SVG text, without a library: the same numbers give the same bytes, so that pages of two runs can be compared. */
export interface Axis {
  readonly label: string;
  readonly min: number;
  readonly max: number;
  readonly step: number;
}

interface Line {
  readonly name: string;
  readonly color: string;
  /** [x, y] in the axes' units. */
  readonly points: readonly (readonly [number, number])[];
  /** A dot at each point. */
  readonly dots?: boolean;
  readonly dashed?: boolean;
}

interface Chart {
  readonly title: string;
  readonly y: Axis;
}

export interface LineChart extends Chart {
  readonly x: Axis;
  readonly lines: readonly Line[];
}

export interface BarChart extends Chart {
  readonly xLabel: string;
  readonly groups: readonly string[];
  readonly bars: readonly {
    readonly name: string;
    readonly color: string;
    readonly values: readonly number[];
  }[];
}

const WIDTH = 560;
const HEIGHT = 380;
/** Of the plot within the picture. */
const LEFT = 64;
const RIGHT = 540;
const TOP = 72;
const BOTTOM = 324;
const LEGEND_Y = 50;
const LETTER_WIDTH = 7;

export function lineChart({ title, x, y, lines }: LineChart): string {
  const placeX = (value: number) => digits(LEFT + ((value - x.min) / (x.max - x.min)) * (RIGHT - LEFT));
  const placeY = scaleOf(y);
  const ticks = valuesOf(x).map((value) => text(placeX(value), BOTTOM + 18, shown(value, x.step), 'middle'));
  const drawn = lines.map(({ color, points, dots, dashed }) => {
    const places = points.map(([at, value]) => `${placeX(at)},${placeY(value)}`);
    const dash = dashed ? ' stroke-dasharray="6 5"' : '';
    const marks = dots
      ? points.map(
          ([at, value]) => `<circle cx="${placeX(at)}" cy="${placeY(value)}" r="3.5" fill="${color}"/>`,
        )
      : [];
    return [
      `<polyline fill="none" stroke="${color}" stroke-width="2"${dash} points="${places.join(' ')}"/>`,
      ...marks,
    ].join('\n');
  });
  return picture({ title, y }, x.label, lines, [...ticks, ...drawn]);
}

export function barChart({ title, y, xLabel, groups, bars }: BarChart): string {
  const placeY = scaleOf(y);
  const groupWidth = (RIGHT - LEFT) / groups.length;
  const barWidth = (groupWidth * 0.8) / bars.length;
  const ticks = groups.map((name, at) =>
    text(digits(LEFT + (at + 0.5) * groupWidth), BOTTOM + 18, name, 'middle'),
  );
  const drawn = bars.flatMap(({ color, values }, bar) =>
    values.map((value, group) => {
      const left = LEFT + group * groupWidth + groupWidth * 0.1 + bar * barWidth;
      const top = placeY(value);
      const size = `width="${digits(barWidth - 2)}" height="${digits(BOTTOM - top)}"`;
      return `<rect x="${digits(left)}" y="${top}" ${size} fill="${color}"/>`;
    }),
  );
  return picture({ title, y }, xLabel, bars, [...ticks, ...drawn]);
}

/** Frame, grid, axes' words and legend around what is drawn. */
function picture(
  { title, y }: Chart,
  xLabel: string,
  legend: readonly { readonly name: string; readonly color: string }[],
  drawn: readonly string[],
): string {
  const placeY = scaleOf(y);
  const grid = valuesOf(y).flatMap((value) => [
    `<line x1="${LEFT}" y1="${placeY(value)}" x2="${RIGHT}" y2="${placeY(value)}" stroke="#ddd"/>`,
    text(LEFT - 8, placeY(value) + 4, shown(value, y.step), 'end'),
  ]);
  const middle = (TOP + BOTTOM) / 2;
  let legendX = LEFT;
  const names = legend.flatMap(({ name, color }) => {
    const at = legendX;
    legendX += 36 + name.length * LETTER_WIDTH;
    return [
      `<rect x="${at}" y="${LEGEND_Y - 10}" width="12" height="12" fill="${color}"/>`,
      text(at + 18, LEGEND_Y, name, 'start'),
    ];
  });
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" width="${WIDTH}" height="${HEIGHT}" font-family="sans-serif" font-size="12" fill="#222">`,
    `<title>${escaped(title)}</title>`,
    `<rect width="${WIDTH}" height="${HEIGHT}" fill="#fff"/>`,
    `<text x="${LEFT}" y="26" font-size="15" font-weight="bold">${escaped(title)}</text>`,
    ...names,
    ...grid,
    `<path d="M${LEFT} ${TOP}V${BOTTOM}H${RIGHT}" fill="none" stroke="#222"/>`,
    text((LEFT + RIGHT) / 2, BOTTOM + 42, xLabel, 'middle'),
    `<text x="18" y="${middle}" text-anchor="middle" transform="rotate(-90 18 ${middle})">${escaped(y.label)}</text>`,
    ...drawn,
    '</svg>',
    '',
  ].join('\n');
}

function scaleOf({ min, max }: Axis): (value: number) => number {
  return (value) => digits(BOTTOM - ((value - min) / (max - min)) * (BOTTOM - TOP));
}

function valuesOf({ min, max, step }: Axis): number[] {
  return Array.from({ length: Math.round((max - min) / step) + 1 }, (_, at) => min + at * step);
}

function shown(value: number, step: number): string {
  return value.toFixed(step < 1 ? 1 : 0);
}

function text(x: number, y: number, words: string, anchor: 'start' | 'middle' | 'end'): string {
  return `<text x="${x}" y="${y}" text-anchor="${anchor}">${escaped(words)}</text>`;
}

function digits(value: number): number {
  return Number(value.toFixed(1));
}

function escaped(words: string): string {
  return words.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
