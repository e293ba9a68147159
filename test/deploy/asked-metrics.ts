import { readdirSync, readFileSync } from 'node:fs';
import { dashboardQueries } from './dashboard-queries.js';

const folder = 'helm/inferway';

/** Everything that asks Prometheus: alerts, dashboards, autoscalers. */
const texts = [
  readFileSync(`${folder}/alerts/inferway.rules.yaml`, 'utf8'),
  ...readdirSync(`${folder}/dashboards`).flatMap((name) => dashboardQueries(`${folder}/dashboards/${name}`)),
  readFileSync(`${folder}/templates/_scaling.tpl`, 'utf8'),
  readFileSync(`${folder}/templates/autoscaling.yaml`, 'utf8'),
].join('\n');

/** Names of the series that are asked for; `inferway_pool` is a label. */
export const askedMetrics = unique(
  [...texts.matchAll(/\binferway_(?!pool\b)[a-z0-9_]+/g)].map(([name]) => name),
);

/** Labels by which they are chosen or grouped. */
export const askedLabels = unique([
  ...[...texts.matchAll(/([a-z_]+)(?:=~|!=|!~|=)"/g)].map(([, name = '']) => name),
  ...[...texts.matchAll(/\b(?:by|on) \(([a-z_, ]+)\)/g)].flatMap(([, list = '']) => list.split(', ')),
]);

function unique(names: string[]): string[] {
  return [...new Set(names)];
}
