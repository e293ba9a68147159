import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { parse } from 'yaml';
import { z } from 'zod';
import { promtool } from './promtool.js';

const rules = 'helm/inferway/alerts/inferway.rules.yaml';
const tests = 'test/deploy/alerts.test.yaml';
const alert = z.object({
  alert: z.string(),
  labels: z.object({ severity: z.enum(['critical', 'warning', 'info']) }),
  annotations: z.object({ summary: z.string(), description: z.string(), runbook_url: z.string() }),
});
const alerts = z
  .object({ groups: z.array(z.object({ rules: z.array(alert) })) })
  .parse(parse(readFileSync(rules, 'utf8')))
  .groups.flatMap((group) => group.rules);

describe('the alerts', () => {
  it('are rules that Prometheus reads', async () => {
    expect(await promtool('check', 'rules', rules)).toContain(`${alerts.length} rules found`);
  });

  it('tell an installation in trouble from one on a busy day: their unit tests pass', async () => {
    expect(await promtool('test', 'rules', tests)).toContain('SUCCESS');
  });

  it('are each tested while they fire', () => {
    const fired = z
      .object({
        tests: z.array(
          z.object({
            alert_rule_test: z.array(z.object({ alertname: z.string(), exp_alerts: z.array(z.unknown()) })),
          }),
        ),
      })
      .parse(parse(readFileSync(tests, 'utf8')))
      .tests.flatMap(({ alert_rule_test }) => alert_rule_test)
      .filter(({ exp_alerts }) => exp_alerts.length > 0)
      .map(({ alertname }) => alertname);
    expect([...new Set(fired)].sort()).toEqual(alerts.map((each) => each.alert).sort());
  });

  it('have a page each that says what to look at and what to do, and no page is without its alert', () => {
    const pages = alerts.map(({ alert: name, annotations: { runbook_url: page } }) => {
      const text = readFileSync(page, 'utf8');
      expect(text).toContain(`Alert: \`${name}\``);
      for (const heading of ['## Look at', '## Do']) expect(text).toContain(heading);
      return page;
    });
    expect(
      readdirSync('docs/playbooks')
        .map((name) => `docs/playbooks/${name}`)
        .sort(),
    ).toEqual(pages.sort());
  });

  it('have pages that name log lines that exist', () => {
    const sources = readdirSync('apps', { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.ts') && !name.endsWith('.spec.ts'))
      .map((name) => readFileSync(`apps/${name}`, 'utf8'))
      .join('\n');
    for (const page of readdirSync('docs/playbooks'))
      for (const [, line = ''] of readFileSync(`docs/playbooks/${page}`, 'utf8').matchAll(/log: `([^`]+)`/g))
        expect([page, sources.includes(line)]).toEqual([page, true]);
  });
});
