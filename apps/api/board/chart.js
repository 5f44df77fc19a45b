import { svg } from './dom.js';
import { number, t } from './text.js';

const HOUR_MS = 3_600_000;
const WIDTH = 360;
const LEFT = 30;
const TOP = 12;
const BOTTOM = 22;

/**
 * Bars: sold. Dashed steps: expected. Shaded: what is missing between them. `hours`: `{startMs, sold, expected}` one for each hour,
 * oldest first.
 */
export function chart(hours, height = 150) {
  const count = Math.max(hours.length, 1);
  const top = Math.max(1, ...hours.flatMap(({ sold, expected }) => [sold, expected]));
  const x = (hour) => LEFT + (hour * (WIDTH - LEFT - 4)) / count;
  const y = (units) => TOP + (1 - units / top) * (height - TOP - BOTTOM);
  const bar = (hour, low, high, name) =>
    svg('rect', {
      x: x(hour) + 0.5,
      width: Math.max(0.5, x(1) - x(0) - 1),
      y: y(high),
      height: Math.max(0, y(low) - y(high)),
      class: name,
    });
  const steps = hours
    .map(
      ({ expected }, hour) =>
        `${hour === 0 ? 'M' : 'L'}${x(hour)} ${y(expected)}L${x(hour + 1)} ${y(expected)}`,
    )
    .join('');
  const total = (field) => number(hours.reduce((sum, hour) => sum + hour[field], 0));
  return svg(
    'svg',
    {
      viewBox: `0 0 ${WIDTH} ${height}`,
      role: 'img',
      'aria-label': t('chart', { sold: total('sold'), expected: total('expected'), hours: hours.length }),
    },
    svg('line', { x1: LEFT, x2: WIDTH - 4, y1: y(0), y2: y(0), class: 'axis' }),
    svg('text', { x: LEFT - 4, y: y(top) + 4, 'text-anchor': 'end' }, number(top)),
    svg('text', { x: LEFT - 4, y: y(0), 'text-anchor': 'end' }, '0'),
    ...hours.map(({ sold, expected }, hour) => (expected > sold ? bar(hour, sold, expected, 'gap') : null)),
    ...hours.map(({ sold }, hour) => (sold > 0 ? bar(hour, 0, sold, 'sold') : null)),
    svg('path', { d: steps, class: 'expected' }),
    ...hourNames(hours).map(([hour, name]) =>
      svg(
        'text',
        {
          x: x(hour),
          y: height - 6,
          'text-anchor': hour === 0 ? 'start' : hour === count ? 'end' : 'middle',
        },
        name,
      ),
    ),
  );
}

/** Five names at most, whatever the number of hours. */
function hourNames(hours) {
  if (hours.length === 0) return [];
  const every = Math.max(6, Math.ceil(hours.length / 4 / 6) * 6);
  const names = [];
  for (let hour = 0; hour <= hours.length; hour += every) {
    const startMs = hours[0].startMs + hour * HOUR_MS;
    names.push([hour, `${new Date(startMs).getHours()}:00`]);
  }
  return names;
}

/** The day that a signal carries. */
export function hoursOfSignal({ soldLast24h: sold, expectedLast24h: expected, atMs }) {
  const count = Math.max(sold.length, expected.length);
  return Array.from({ length: count }, (_, hour) => ({
    startMs: atMs - (count - hour) * HOUR_MS,
    sold: sold[hour] ?? 0,
    expected: expected[hour] ?? 0,
  }));
}
