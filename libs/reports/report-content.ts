import { severities, type Measure } from '#contracts';
import type { InspectionRecord } from '#core';

/** Rows of findings and of rules for which a page has room; the reply has them all. */
const maxFindings = 20;
const maxRules = 6;

export interface ReportTable {
  title: string;
  head: readonly string[];
  /** How much of the page's width each column has, per cent. */
  shares: readonly number[];
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

type Unit = '' | 'px' | 'px²' | 'mm' | 'mm²';

/** For people: what is measured, and in what. */
const measures: Record<Measure, readonly [what: string, unit: Unit]> = {
  count: ['count', ''],
  areaPx: ['area', 'px²'],
  areaMm2: ['area', 'mm²'],
  totalAreaPx: ['area in all', 'px²'],
  totalAreaMm2: ['area in all', 'mm²'],
  longestSidePx: ['longest side', 'px'],
  longestSideMm: ['longest side', 'mm'],
};

/** What is smaller is told in a unit that leaves no zeros to count: cells are. */
const smaller: Partial<Record<Unit, { below: number; times: number; unit: string }>> = {
  mm: { below: 0.1, times: 1e3, unit: 'µm' },
  'mm²': { below: 0.01, times: 1e6, unit: 'µm²' },
};

export function reportContent(record: InspectionRecord): ReportContent {
  const { profile, picture, verdict, findings, brokenRules, region, model, requestId, inspectedAt } = record;
  const counts = [...severities]
    .reverse()
    .filter((severity) => record.severities[severity] > 0)
    .map((severity) => `${record.severities[severity]} ${severity}`);
  return {
    title: profile.name,
    verdict,
    summary: counts.length === 0 ? 'No findings' : `Findings: ${counts.join(', ')}`,
    facts: [
      ['Picture', `${picture.width} × ${picture.height} px, SHA-256 ${picture.sha256}`],
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
        { Rule: 46, Severity: 12, Measured: 25, Allowed: 17 },
        brokenRules.map(({ name, severity, measure, measured, above, below }) => {
          const [what, unit] = measures[measure];
          const bound = above ?? below ?? 0;
          const large = Math.max(measured, bound);
          const limit = `${above !== undefined ? 'at most' : 'at least'} ${tell(bound, unit, large)}`;
          return [name, severity, `${what} ${tell(measured, unit, large)}`, limit];
        }),
        maxRules,
      ),
      table(
        'Findings',
        {
          ...{ 'No.': 7, Label: 27, Severity: 11, Score: 9 },
          ...{ 'x, y (px)': 14, Area: 16, 'Longest side': 16 },
        },
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

/** @param columns what each is called, and its share of the width */
function table(title: string, columns: Record<string, number>, rows: string[][], most: number): ReportTable {
  return {
    title,
    head: Object.keys(columns),
    shares: Object.values(columns),
    rows: rows.slice(0, most),
    left: Math.max(0, rows.length - most),
  };
}

function withScale(pixels: number, pixelUnit: Unit, scaled: number | undefined, unit: Unit): string {
  return scaled === undefined ? tell(pixels, pixelUnit) : tell(scaled, unit);
}

/** @param large the largest value of those that are held against each other: they share a unit */
function tell(value: number, unit: Unit, large = value): string {
  const small = smaller[unit];
  if (small !== undefined && large > 0 && large < small.below)
    return `${round(value * small.times)} ${small.unit}`;
  return unit === '' ? round(value) : `${round(value)} ${unit}`;
}

/** Three digits, or all of a whole number: a scale makes large pixels of small millimetres, and the other way round. */
const round = (value: number) => String(value >= 100 ? Math.round(value) : Number(value.toPrecision(3)));
