import { describe, expect, it } from '@jest/globals';
import { anInspectionRecord } from './fixtures/inspection-record.js';
import { reportContent } from './report-content.js';

const cell = (areaMm2: number) => {
  const record = anInspectionRecord([{ label: 'a', score: 0.5, box: { x: 0, y: 0, width: 10, height: 10 } }]);
  const findings = record.findings.map((finding) => ({ ...finding, areaMm2 }));
  return reportContent({ ...record, findings }).tables[1]?.rows[0]?.[5];
};

describe('reportContent', () => {
  it.each([
    [0.000140650965, '141 µm²'],
    [0.01, '0.01 mm²'],
    [12.3456, '12.3 mm²'],
    [28_310.4, '28310 mm²'],
    [0, '0 mm²'],
  ])('writes %d mm² as %s', (areaMm2, text) => {
    expect(cell(areaMm2)).toBe(text);
  });

  it('says what was found, what was broken, and where it comes from', () => {
    const record = anInspectionRecord([
      { label: 'a', score: 0.5, box: { x: 1, y: 2, width: 10, height: 20 } },
    ]);
    const { summary, tables, facts, footer } = reportContent(record);
    expect(summary).toBe('Findings: 1 critical');
    expect(tables[0]?.rows).toEqual([['<b>rule</b> & more', 'critical', 'count 1', 'at most 0']]);
    const [broken] = record.brokenRules;
    if (broken === undefined) throw new Error('no rule was broken');
    const large = { ...broken, measure: 'areaPx' as const, measured: 786, above: 40 };
    const long = { ...broken, measure: 'longestSideMm' as const, measured: 0.02, above: undefined, below: 3 };
    const thin = { ...long, below: 0.03 };
    expect(
      reportContent({ ...record, brokenRules: [large, long, thin] }).tables[0]?.rows.map((row) =>
        row.slice(2),
      ),
    ).toEqual([
      ['area 786 px²', 'at most 40 px²'],
      ['longest side 0.02 mm', 'at least 3 mm'],
      ['longest side 20 µm', 'at least 30 µm'],
    ]);
    expect(tables[1]?.rows).toEqual([['1', 'a', 'critical', '0.50', '1, 2', '200 px²', '20 px']]);
    expect(Object.fromEntries(facts)).toEqual({
      Picture: `640 × 480 px, SHA-256 ${'0123456789abcdef'.repeat(4)}`,
      Profile: 'insp_1, version 3',
      Task: 'detect-objects',
      Model: 'model@1',
      Time: '2026-11-25T00:00:00.000Z',
      Request: 'req_1',
    });
    expect(footer).toContain('Not for diagnosis');
  });
});
