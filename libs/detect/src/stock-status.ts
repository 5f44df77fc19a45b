import type { Panel } from '@gondola/events';

/** Whether a series was out in an hour, counted from the panel's first. Throws when the panel has no labels. */
export function outOf(panel: Panel): (series: number, hour: number) => boolean {
  const { outMask, days } = panel;
  if (!outMask) throw new Error('the panel has no out_mask: its stock status is not known');
  return (series, hour) => ((outMask[series * days + Math.floor(hour / 24)] >> (hour % 24)) & 1) === 1;
}

/** Whether it is out in one of so many hours after that one. */
export function isOutWithin(
  isOut: (series: number, hour: number) => boolean,
  series: number,
  hour: number,
  ahead: number,
): boolean {
  for (let j = 1; j <= ahead; j++) if (isOut(series, hour + j)) return true;
  return false;
}
