import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { stringify } from 'yaml';
import { dashboards, textOf } from '../../libs/dashboards/index.js';
import { labelsIn, metricOf, pageQueries, queries, seriesIn } from './asked-metrics.js';
import { dashboardQueries } from './dashboard-queries.js';
import { promtool } from './promtool.js';

const folder = 'helm/inferway/dashboards';

let scratch: string;
beforeAll(async () => {
  scratch = await mkdtemp(join(tmpdir(), 'inferway-dashboards-'));
});
afterAll(() => rm(scratch, { recursive: true }));

const check = async (queries: readonly string[]) => {
  const file = join(scratch, 'queries.yaml');
  const rules = queries.map((expr, i) => ({ record: `panel:${i}`, expr }));
  await writeFile(file, stringify({ groups: [{ name: 'panels', rules }] }));
  return promtool('check', 'rules', file);
};

/** What Prometheus adds to every series it scrapes, and a histogram to its buckets. */
const labelsOfScrape = ['namespace', 'pod', 'app_kubernetes_io_instance', 'inferway_pool', 'le'];

describe('the dashboards', () => {
  it('of the chart are those of libs/dashboards: `npm run docs:chart` has nothing to change', async () => {
    expect(readdirSync(folder).sort()).toEqual(Object.keys(dashboards).sort());
    for (const [name, content] of Object.entries(dashboards))
      expect(await readFile(join(folder, name), 'utf8')).toBe(textOf(content));
  });

  it('ask in PromQL', async () => {
    const queries = Object.keys(dashboards).flatMap((name) => dashboardQueries(join(folder, name)));
    expect(queries.length).toBeGreaterThan(20);
    expect(await check(queries)).toContain(`${queries.length} rules found`);
    await expect(check(['sum by (task (inferway_queue_jobs)'])).rejects.toThrow();
  });

  it('say of each panel what it shows and in which unit, and no two have the same place', () => {
    for (const { panels = [] } of Object.values(dashboards)) {
      const places = panels.map(({ gridPos }) => `${gridPos?.x}/${gridPos?.y}`);
      expect(new Set(places).size).toBe(panels.length);
      for (const panel of panels) {
        if (!('fieldConfig' in panel)) throw new Error(`${panel.title} is no panel`);
        expect(panel.description?.length).toBeGreaterThan(10);
        expect(panel.fieldConfig.defaults.unit).toMatch(/^[a-z]+$/);
      }
    }
  });
});

describe('what alerts, dashboards and pages for people on call ask for', () => {
  it('is PromQL on the pages, too', async () => {
    expect(pageQueries.length).toBeGreaterThan(5);
    expect(await check(pageQueries)).toContain(`${pageQueries.length} rules found`);
  });

  it('is series that there are; test/flow/real-server.spec.ts finds those of alerts and dashboards on a server', () => {
    const asked = queries.flatMap(seriesIn);
    expect(asked.filter((series) => metricOf(series) === undefined)).toEqual([]);
    expect(metricOf('inferway_batch_rows')).toBeUndefined();
  });

  it('is chosen and grouped by labels that those very series have', () => {
    const strange = queries.flatMap((query) => {
      const known = seriesIn(query).flatMap((series) => metricOf(series)?.labels ?? []);
      return labelsIn(query)
        .filter((label) => !known.includes(label) && !labelsOfScrape.includes(label))
        .map((label) => ({ label, query }));
    });
    expect(strange).toEqual([]);
    expect(queries.flatMap(labelsIn).length).toBeGreaterThan(50);
  });
});
