import { readdirSync, readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { z } from 'zod';
import { metricCatalogue, type Metric } from '#telemetry';
import { dashboardQueries } from './dashboard-queries.js';

const folder = 'helm/inferway';
const rules = z.object({ groups: z.array(z.object({ rules: z.array(z.object({ expr: z.string() })) })) });
const metrics: readonly Metric[] = Object.values(metricCatalogue);

const alertQueries = rules
  .parse(parse(readFileSync(`${folder}/alerts/inferway.rules.yaml`, 'utf8')))
  .groups.flatMap((group) => group.rules.map(({ expr }) => expr));
const panelQueries = readdirSync(`${folder}/dashboards`).flatMap((name) =>
  dashboardQueries(`${folder}/dashboards/${name}`),
);

/** What the pages for people on call tell them to ask Prometheus. */
export const pageQueries = readdirSync('docs/playbooks').flatMap((name) =>
  [...readFileSync(`docs/playbooks/${name}`, 'utf8').matchAll(/`([^`\n]*\binferway_[^`\n]*)`/g)].map(
    ([, query = '']) => query,
  ),
);

/** Every whole query; those of the autoscalers are templates. */
export const queries = [...alertQueries, ...panelQueries, ...pageQueries];

/** What asks Prometheus by itself: alerts, dashboards, autoscalers. */
const texts = [
  ...alertQueries,
  ...panelQueries,
  readFileSync(`${folder}/templates/_scaling.tpl`, 'utf8'),
  readFileSync(`${folder}/templates/autoscaling.yaml`, 'utf8'),
].join('\n');

/** Names of the series that a text asks for; `inferway_pool` is a label. */
export const seriesIn = (text: string): string[] =>
  unique([...text.matchAll(/\binferway_(?!pool\b)[a-z0-9_]+/g)].map(([name]) => name));

/** Labels by which they are chosen or grouped. */
export const labelsIn = (text: string): string[] =>
  unique([
    ...[...text.matchAll(/([a-z_]+)(?:=~|!=|!~|=)"/g)].map(([, name = '']) => name),
    ...[...text.matchAll(/\b(?:by|on) \(([a-z_, ]+)\)/g)].flatMap(([, list = '']) => list.split(', ')),
  ]);

/** Their metric; undefined for a name under which Prometheus has nothing, such as that of a whole histogram. */
export const metricOf = (series: string): Metric | undefined =>
  metrics.find(({ name, kind }) => {
    if (kind === 'gauge') return series === name;
    const parts = kind === 'counter' ? ['total'] : ['sum', 'count', 'bucket'];
    return parts.some((part) => series === `${name}_${part}`);
  });

export const askedMetrics = seriesIn(texts);

function unique(names: string[]): string[] {
  return [...new Set(names)];
}
