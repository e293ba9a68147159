import { severities } from '#contracts';
import type { InspectionRecord } from '#core';

/** Rows of findings and of rules for which a page has room; the reply has them all. */
const maxFindings = 20;
const maxRules = 6;

export interface ReportTable {
  title: string;
  head: readonly string[];
  rows: readonly string[][];
  /** How many did not fit. */
  left: number;
}

/** What a report says, whatever it is set in. Plain text: who sets it escapes it. */
export interface ReportContent {
  title: string;
  verdict: string;
  summary: string;
  facts: readonly (readonly [name: string, value: string])[];
  tables: readonly ReportTable[];
  footer: string;
}

export function reportContent(record: InspectionRecord): ReportContent {
  const { profile, verdict, findings, brokenRules, region, model, requestId, inspectedAt } = record;
  const counts = [...severities]
    .reverse()
    .filter((severity) => record.severities[severity] > 0)
    .map((severity) => `${record.severities[severity]} ${severity}`);
  return {
    title: profile.name,
    verdict,
    summary: counts.length === 0 ? 'No findings' : `Findings: ${counts.join(', ')}`,
    facts: [
      ['Profile', `${profile.id}, version ${profile.version}`],
      ['Task', profile.task],
      ...(region === undefined ? [] : [['Looked at', describeRegion(region)] as const]),
      ['Model', model],
      ['Time', inspectedAt],
      ['Request', requestId],
    ],
    tables: [
      table(
        'Broken rules',
        ['Rule', 'Severity', 'Measured', 'Allowed'],
        brokenRules.map(({ name, severity, measure, measured, above, below }) => [
          name,
          severity,
          `${measure} ${round(measured)}`,
          above !== undefined ? `at most ${round(above)}` : `at least ${round(below ?? 0)}`,
        ]),
        maxRules,
      ),
      table(
        'Findings',
        ['No.', 'Label', 'Severity', 'Score', 'x, y (px)', 'Area', 'Longest side'],
        findings.map(({ number, label, severity, score, box, ...sizes }) => [
          String(number),
          label,
          severity,
          score.toFixed(2),
          `${Math.round(box.x)}, ${Math.round(box.y)}`,
          withScale(sizes.areaPx, 'px²', sizes.areaMm2, 'mm²'),
          withScale(sizes.longestSidePx, 'px', sizes.longestSideMm, 'mm'),
        ]),
        maxFindings,
      ),
    ],
    footer: 'Made by a model that can be wrong. Not for diagnosis, and no proof that nothing else is there.',
  };
}

function describeRegion({ x, y, width, height }: NonNullable<InspectionRecord['region']>): string {
  return `${width} × ${height} px of the picture, from ${x}, ${y}`;
}

function table(title: string, head: string[], rows: string[][], most: number): ReportTable {
  return { title, head, rows: rows.slice(0, most), left: Math.max(0, rows.length - most) };
}

function withScale(pixels: number, pixelUnit: string, scaled: number | undefined, unit: string): string {
  return scaled === undefined ? `${round(pixels)} ${pixelUnit}` : `${round(scaled)} ${unit}`;
}

/** Three digits, or all of a whole number: a scale makes large pixels of small millimetres, and the other way round. */
const round = (value: number) => String(value >= 100 ? Math.round(value) : Number(value.toPrecision(3)));
