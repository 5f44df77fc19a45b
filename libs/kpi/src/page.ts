import { KPIS } from './definitions.js';

/** The definitions as a page of Markdown: `gondola kpis --docs`. */
export function kpiPage(): string {
  const parts = KPIS.map(({ id, name, unit, formula, note, source }) =>
    [
      `## ${name.en}\n`,
      `_${name.es}_\n`,
      `- id: \`${id}\`, unit: ${unit}`,
      `- ${formula}`,
      `- ${note}`,
      `- source: ${source}\n`,
    ].join('\n'),
  );
  return `# KPIs\n\nMade by \`npx gondola kpis --docs\` from \`libs/kpi/src/definitions.ts\`.\n\n${parts.join('\n')}`;
}
