import { describe, expect, it } from '@jest/globals';
import { readProfile } from '../profile.js';
import { findSaturation } from '../saturation.js';
import type { Step } from '../step.js';
import { loadReport } from './load-report.js';
import { markup } from './markup.js';

const hostile = '<script>alert("x")</script>&';
const origin = { commit: hostile, machine: hostile, node: 'v24', date: '2026-01-01' };
const profile = { ...readProfile('look'), description: hostile };

function step(offeredPerSecond: number, more: Partial<Step> = {}): Step {
  const tenant = {
    weight: 1,
    offeredPerSecond,
    achievedPerSecond: offeredPerSecond,
    duePerSecond: offeredPerSecond,
  };
  return {
    offeredPerSecond,
    achievedPerSecond: offeredPerSecond,
    requests: 100,
    errorShare: 0,
    errors: {},
    p50Ms: 10,
    p95Ms: 20,
    p99Ms: 30,
    clientLateP99Ms: 1,
    tasks: { embed: { answered: 100, p50Ms: 10, p95Ms: 20 } },
    tenants: { one: { ...tenant, p95Ms: 20 } },
    fairness: 1,
    ...more,
  };
}

function report(steps: readonly Step[]): string {
  const saturation = findSaturation(steps, profile.target);
  return loadReport({ profile, target: hostile, saturation, bareCpuMs: {}, steps }, origin);
}

describe('the report of a load test', () => {
  const html = report([step(10), step(20, { errors: { [hostile]: 3 }, errorShare: 0.03 })]);

  it('escapes every text that it is given', () => {
    expect(html).not.toMatch(/<script/i);
    expect(html.match(/&#60;script&#62;/g)?.length).toBeGreaterThan(4);
  });

  it('is one file that loads and runs nothing', () => {
    expect(html).not.toMatch(/<(script|link|img|iframe)|\bsrc=|@import|url\(/i);
    expect(html).toContain('default-src &#39;none&#39;');
  });

  it('has the figures of each chart in a table below it', () => {
    const charts = html.match(/role="img"/g)?.length ?? 0;
    expect(charts).toBeGreaterThanOrEqual(5);
    expect(html.match(/<table>/g)).toHaveLength(charts);
  });

  it('leaves out what could not be measured', () => {
    expect(html).not.toContain('CPU efficiency');
    const cpu = { msPerAnswer: 1, cores: 1, coresOfOthers: 0, efficiency: 0.5 };
    expect(report([step(10, { cpu })])).toContain('CPU efficiency');
  });

  it('stands where nothing was answered', () => {
    const nothing = report([
      step(10, { achievedPerSecond: 0, p50Ms: NaN, p95Ms: NaN, p99Ms: NaN, fairness: NaN }),
    ]);
    expect(nothing).toContain('–');
    expect(nothing).not.toMatch(/NaN|Infinity|undefined/);
  });
});

describe('markup', () => {
  it('escapes text and leaves markup as it is', () => {
    expect(markup`<b title="${'"'}">${[markup`<i>${'<'}</i>`]}${undefined}</b>`.text).toBe(
      '<b title="&#34;"><i>&#60;</i></b>',
    );
  });
});
