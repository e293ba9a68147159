import {
  severities,
  verdicts,
  type BrokenRule,
  type Inspection,
  type InspectionDefinition,
  type InspectionFinding,
  type InspectionRule,
  type Measure,
  type Severity,
} from '#contracts';

/** Something that a task found, whichever task it was. Pixels of the upright image. */
export interface Found {
  label: string;
  score: number;
  box: { x: number; y: number; width: number; height: number };
  /** Square pixels, where the task knows better than the box. */
  areaPx?: number;
  /** Rings of x and y in turn, the outer one first, where the task knows more than the box. */
  polygons?: number[][];
}

export type Judgement = Pick<
  Inspection,
  'verdict' | 'findings' | 'severities' | 'brokenRules' | 'measurements'
>;

/** A finding, measured; `place` is where it stood in what the task gave. */
type Measured = Omit<InspectionFinding, 'number' | 'severity' | 'brokenRules'> & { place: number };

interface Broken {
  rule: InspectionRule;
  measured: number;
  places: number[];
}

/**
 * Findings, measurements and verdict by a profile's rules. Pure: the same findings and version give the same answer.
 * Findings below `minAreaPx` are none. Numbers go by severity, then by area.
 */
export function judgeFindings(found: readonly Found[], definition: InspectionDefinition): Judgement {
  const { minAreaPx, mmPerPixel, rules } = definition;
  const measured = found
    .map((each, place) => measureFinding(each, place, mmPerPixel))
    .filter(({ areaPx }) => areaPx >= minAreaPx);
  const broken = rules.flatMap((rule) => breach(rule, measured, mmPerPixel) ?? []);
  const findings = measured
    .map(({ place, ...same }) => {
      const own = broken.filter(({ places }) => places.includes(place)).map(({ rule }) => rule);
      return { place, ...same, severity: worst(own), brokenRules: own.map(({ name }) => name) };
    })
    .sort((a, b) => rank(b.severity) - rank(a.severity) || b.areaPx - a.areaPx)
    .map((finding, index) => ({ ...finding, number: index + 1 }));
  const numberOf = new Map(findings.map(({ place, number }) => [place, number]));
  const brokenRules = broken
    .map(({ rule: { labels, ...rule }, measured: value, places }): BrokenRule => ({
      ...rule,
      measured: value,
      findings: places.flatMap((place) => numberOf.get(place) ?? []).sort((a, b) => a - b),
    }))
    .sort((a, b) => rank(b.severity) - rank(a.severity));
  const verdict = verdicts.findLast((each) => brokenRules.some((rule) => rule.verdict === each)) ?? 'pass';
  return {
    verdict,
    findings: findings.map(({ place, ...finding }) => finding),
    severities: countSeverities(findings),
    brokenRules,
    measurements: measureLabels(findings, mmPerPixel),
  };
}

function measureFinding(
  { label, score, box, areaPx, polygons }: Found,
  place: number,
  mmPerPixel: number | null,
): Measured {
  const area = areaPx ?? box.width * box.height;
  const longestSidePx = Math.max(box.width, box.height);
  return {
    place,
    label,
    score,
    box,
    areaPx: area,
    ...(polygons && { polygons }),
    longestSidePx,
    ...(mmPerPixel !== null && {
      areaMm2: area * mmPerPixel ** 2,
      longestSideMm: longestSidePx * mmPerPixel,
    }),
  };
}

function breach(
  rule: InspectionRule,
  findings: readonly Measured[],
  mmPerPixel: number | null,
): Broken | undefined {
  const own = findings.filter(({ label }) => rule.labels?.includes(label) ?? true);
  const places = own.map(({ place }) => place);
  const together = measureTogether(rule.measure, own, mmPerPixel);
  if (together !== undefined)
    return isBroken(rule, together) ? { rule, measured: together, places } : undefined;
  const breaking = own.flatMap((finding) => {
    const value = measureOne(rule.measure, finding);
    return value !== undefined && isBroken(rule, value) ? [{ place: finding.place, value }] : [];
  });
  if (breaking.length === 0) return undefined;
  const values = breaking.map(({ value }) => value);
  return {
    rule,
    measured: rule.above !== undefined ? Math.max(...values) : Math.min(...values),
    places: breaking.map(({ place }) => place),
  };
}

function isBroken({ above, below }: InspectionRule, value: number): boolean {
  return (above !== undefined && value > above) || (below !== undefined && value < below);
}

/** Of all findings; undefined for a measure of each. */
function measureTogether(
  measure: Measure,
  findings: readonly Measured[],
  mmPerPixel: number | null,
): number | undefined {
  if (measure === 'count') return findings.length;
  const area = findings.reduce((sum, { areaPx }) => sum + areaPx, 0);
  if (measure === 'totalAreaPx') return area;
  if (measure === 'totalAreaMm2' && mmPerPixel !== null) return area * mmPerPixel ** 2;
  return undefined;
}

function measureOne(measure: Measure, finding: Measured): number | undefined {
  switch (measure) {
    case 'areaPx':
    case 'areaMm2':
    case 'longestSidePx':
    case 'longestSideMm':
      return finding[measure];
    default:
      return undefined;
  }
}

const rank = (severity: Severity) => severities.indexOf(severity);

function worst(rules: readonly InspectionRule[]): Severity {
  return severities.findLast((each) => rules.some(({ severity }) => severity === each)) ?? 'info';
}

function countSeverities(findings: readonly { severity: Severity }[]): Judgement['severities'] {
  const count = (severity: Severity) => findings.filter((finding) => finding.severity === severity).length;
  return { critical: count('critical'), major: count('major'), minor: count('minor'), info: count('info') };
}

function measureLabels(
  findings: readonly { label: string; areaPx: number }[],
  mmPerPixel: number | null,
): Judgement['measurements'] {
  return [...Map.groupBy(findings, ({ label }) => label)]
    .map(([label, own]) => {
      const totalAreaPx = own.reduce((sum, { areaPx }) => sum + areaPx, 0);
      const largestAreaPx = Math.max(...own.map(({ areaPx }) => areaPx));
      const scale = mmPerPixel === null ? undefined : mmPerPixel ** 2;
      return {
        label,
        count: own.length,
        totalAreaPx,
        largestAreaPx,
        ...(scale !== undefined && {
          totalAreaMm2: totalAreaPx * scale,
          largestAreaMm2: largestAreaPx * scale,
        }),
      };
    })
    .sort((a, b) => b.count - a.count || a.label.localeCompare(b.label));
}
