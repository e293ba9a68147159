import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { inspectionProfileRequest, severities, type InspectionRule } from '#contracts';
import { judgeFindings, type Found } from './judge-findings.js';

const found = (label: string, width: number, height: number, areaPx?: number): Found => ({
  label,
  score: 0.9,
  box: { x: 10, y: 20, width, height },
  ...(areaPx !== undefined && { areaPx }),
});
const rule = (rest: Partial<InspectionRule> & Pick<InspectionRule, 'measure'>): InspectionRule => ({
  name: 'rule',
  severity: 'major',
  verdict: 'fail',
  ...rest,
});
const judge = (findings: Found[], rules: InspectionRule[], rest: object = {}) =>
  judgeFindings(
    findings,
    inspectionProfileRequest.parse({ name: 'p', task: 'detect-objects', rules, ...rest }),
  );

describe('a verdict', () => {
  it('is pass without rules, whatever is found', () => {
    const { verdict, findings, severities: counts } = judge([found('scratch', 90, 90)], []);
    expect({ verdict, counts }).toEqual({
      verdict: 'pass',
      counts: { critical: 0, major: 0, minor: 0, info: 1 },
    });
    expect(findings).toMatchObject([{ number: 1, severity: 'info', brokenRules: [] }]);
  });

  it.each([
    ['exactly 40 px²', 40, 'pass'],
    ['more than 40 px²', 41, 'fail'],
  ])('of "any defect above 40 px²" for %s is %s', (_, areaPx, verdict) => {
    const rules = [rule({ measure: 'areaPx', above: 40 })];
    expect(judge([found('scratch', 50, 50, areaPx)], rules).verdict).toBe(verdict);
  });

  it.each([
    [2, 'pass'],
    [3, 'fail'],
  ])('of "more than 2 missing" for %d missing is %s, and other labels do not count', (count, verdict) => {
    const rules = [rule({ measure: 'count', labels: ['missing'], above: 2 })];
    const missing = Array.from({ length: count }, () => found('missing', 5, 5));
    const { verdict: given, brokenRules } = judge([...missing, found('other', 5, 5)], rules);
    expect(given).toBe(verdict);
    if (verdict === 'fail') expect(brokenRules).toMatchObject([{ measured: 3, findings: [1, 2, 3] }]);
  });

  it('of "fewer than 4 screws" fails when nothing is found at all', () => {
    const { verdict, brokenRules } = judge([], [rule({ measure: 'count', labels: ['screw'], below: 4 })]);
    expect(verdict).toBe('fail');
    expect(brokenRules).toMatchObject([{ measured: 0, below: 4, findings: [] }]);
  });

  it('is the worst of the broken rules, whatever their order', () => {
    const review = rule({ name: 'a', measure: 'count', above: 0, verdict: 'review' });
    const fail = rule({ name: 'b', measure: 'areaPx', above: 10 });
    const small = [found('dent', 3, 3)];
    const large = [found('dent', 30, 30)];
    for (const rules of [
      [review, fail],
      [fail, review],
    ]) {
      expect(judge(small, rules).verdict).toBe('review');
      expect(judge(large, rules).verdict).toBe('fail');
    }
  });
});

describe('measurements', () => {
  it('are in millimetres too where the profile has a scale: areas by its square', () => {
    const rules = [
      rule({ name: 'area', measure: 'areaMm2', above: 24 }),
      rule({ name: 'side', measure: 'longestSideMm', above: 10 }),
      rule({ name: 'total', measure: 'totalAreaMm2', above: 49, severity: 'critical' }),
    ];
    const both = [found('dent', 20, 5, 100), found('dent', 10, 10, 100)];
    const { findings, measurements, brokenRules } = judge(both, rules, { mmPerPixel: 0.5 });
    expect(findings[0]).toMatchObject({ areaPx: 100, areaMm2: 25, longestSidePx: 20, longestSideMm: 10 });
    expect(measurements).toEqual([
      {
        label: 'dent',
        count: 2,
        totalAreaPx: 200,
        largestAreaPx: 100,
        totalAreaMm2: 50,
        largestAreaMm2: 25,
      },
    ]);
    expect(brokenRules.map(({ name }) => name)).toEqual(['total', 'area']);
  });

  it('leave out what is below minAreaPx: it is no finding, and counts for no rule', () => {
    const rules = [rule({ measure: 'count', above: 1 })];
    const { verdict, findings } = judge([found('a', 3, 3), found('a', 4, 4)], rules, { minAreaPx: 10 });
    expect(verdict).toBe('pass');
    expect(findings).toMatchObject([{ areaPx: 16 }]);
  });
});

describe('judgeFindings', () => {
  const anyFound = fc.record({
    label: fc.constantFrom('a', 'b', 'c'),
    score: fc.double({ min: 0, max: 1, noNaN: true }),
    box: fc.record({
      x: fc.nat(100),
      y: fc.nat(100),
      width: fc.integer({ min: 1, max: 100 }),
      height: fc.integer({ min: 1, max: 100 }),
    }),
  });
  const anyRule = fc
    .record({
      measure: fc.constantFrom('count', 'areaPx', 'totalAreaPx', 'longestSidePx'),
      limit: fc.integer({ min: 0, max: 5_000 }),
      isAbove: fc.boolean(),
      severity: fc.constantFrom(...severities),
      verdict: fc.constantFrom('review', 'fail'),
    })
    .map(({ limit, isAbove, ...same }): Omit<InspectionRule, 'name'> => ({
      ...same,
      ...(isAbove ? { above: limit } : { below: limit }),
    }));

  it('accounts for every finding once, numbers them from 1, worst first, and names rules that exist', () => {
    fc.assert(
      fc.property(fc.array(anyFound), fc.array(anyRule, { maxLength: 5 }), (all, bare) => {
        const rules = bare.map((each, index) => ({ ...each, name: `rule ${index}` }));
        const judged = judge(all, rules);
        expect(judged.findings.map(({ number }) => number)).toEqual(all.map((_, index) => index + 1));
        const ranks = judged.findings.map(({ severity }) => severities.indexOf(severity));
        expect(ranks).toEqual(ranks.toSorted((a, b) => b - a));
        expect(Object.values(judged.severities).reduce((sum, each) => sum + each, 0)).toBe(all.length);
        expect(judged.measurements.reduce((sum, { count }) => sum + count, 0)).toBe(all.length);
        expect(judged.verdict === 'pass').toBe(judged.brokenRules.length === 0);
        for (const finding of judged.findings)
          for (const name of finding.brokenRules)
            expect(judged.brokenRules.find((each) => each.name === name)?.findings).toContain(finding.number);
      }),
    );
  });
});
