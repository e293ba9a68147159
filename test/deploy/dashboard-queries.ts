import { readFileSync } from 'node:fs';
import { z } from 'zod';

const dashboard = z.object({
  panels: z.array(z.object({ targets: z.array(z.object({ expr: z.string() })) })),
});

/** The queries of a dashboard's file, as Grafana sends them to Prometheus: its variables have values. */
export const dashboardQueries = (file: string): string[] =>
  dashboard
    .parse(JSON.parse(readFileSync(file, 'utf8')))
    .panels.flatMap(({ targets }) => targets)
    .map(({ expr }) => expr.replaceAll('$__rate_interval', '5m').replaceAll('$namespace', '.*'));
