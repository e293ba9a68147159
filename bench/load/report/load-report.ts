import type { provenance } from '../../provenance.js';
import { findings, type LoadResult } from '../run-profile.js';
import { isSaturated } from '../saturation.js';
import { legend, lineChart, type Series } from './line-chart.js';
import { markup, Markup } from './markup.js';
import { sections, type Section } from './sections.js';
import { style } from './style.js';

/** The page loads nothing and runs nothing, and says so itself, as it may be opened from anywhere. */
const policy = "default-src 'none'; style-src 'unsafe-inline'";

/** One page with charts, the figures behind them, and where they come from. */
export function loadReport(result: LoadResult, origin: ReturnType<typeof provenance>): string {
  const { profile, target, steps } = result;
  const loads = steps.map(({ offeredPerSecond }) => offeredPerSecond);
  const title = `Load test: ${profile.name}`;
  return markup`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width">
<meta name="color-scheme" content="light dark">
<title>${title}</title>
<style>${new Markup(style)}</style>
</head>
<body>
<header><h1>${title}</h1><p>${profile.description}.</p></header>
<main>
${tiles(result)}
${sections(steps, profile).map((section) => chapter(section, loads, steps.map(isSaturated)))}
<section><h2>Where it comes from</h2>
<dl>${facts({ ...origin, target }, profile).map(([name, value]) => markup`<dt>${name}</dt><dd>${value}</dd>`)}</dl></section>
</main>
</body>
</html>
`.text;
}

function tiles(result: LoadResult): Markup {
  return markup`<ul class="tiles">${findings(result).map(
    ({ figure, meaning }) => markup`<li><strong>${figure}</strong> ${meaning}</li>`,
  )}</ul>`;
}

function chapter(section: Section, loads: readonly number[], saturated: readonly boolean[]): Markup {
  const { title, reading, y, series, more = [], digits } = section;
  const beyond = loads[saturated.indexOf(true)];
  const x = { label: 'requests a second, offered', values: loads, ...(beyond !== undefined && { beyond }) };
  const columns = [...series.filter(({ isReference }) => isReference !== true), ...more];
  return markup`<section><h2>${title}</h2><p>${reading}</p>
${legend(series)}
${lineChart({ title, x, y, series })}
<div class="scroll" tabindex="0" role="region" aria-label="${title}, figures"><table><caption>${title}, by offered load; saturated steps in bold</caption>
<thead><tr><th scope="col">offered/s</th>${columns.map(({ name }) => markup`<th scope="col">${name}</th>`)}</tr></thead>
<tbody>${loads.map((load, row) => figures(load, columns, row, digits, saturated[row] === true))}</tbody></table></div></section>
`;
}

function figures(
  load: number,
  columns: readonly Series[],
  row: number,
  digits: number,
  isBold: boolean,
): Markup {
  const cells = columns.map(({ values }) => markup`<td>${told(values[row], digits)}</td>`);
  return markup`<tr${isBold ? markup` class="saturated"` : undefined}><th scope="row">${load.toFixed(1)}</th>${cells}</tr>`;
}

function told(value: number | undefined, digits: number): string {
  return value === undefined || Number.isNaN(value) ? '–' : value.toFixed(digits);
}

function facts(
  origin: Record<string, string>,
  { tenants, mix, ramp, bounds }: LoadResult['profile'],
): [string, string][] {
  const shares = Object.entries(mix).map(([task, share]) => `${task} ${share ?? 0}`);
  return [
    ...Object.entries(origin),
    [
      'tenants',
      tenants.map(({ name, weight, share }) => `${name}: weight ${weight}, ${share} of arrivals`).join('; '),
    ],
    ['mix', shares.join(', ')],
    [
      'ramp',
      `from ${ramp.fromPerSecond} a second by ${ramp.factor}, ${ramp.settleSeconds} s to settle and ${ramp.measureSeconds} s measured`,
    ],
    ['bounds', `${bounds.maxRequests} requests, ${bounds.maxUnanswered} unanswered`],
    ['arrivals', 'at random moments (Poisson), whether or not earlier ones are answered'],
  ];
}
