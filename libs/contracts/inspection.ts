import { z } from 'zod';
import { maxImageSidePx } from '#kernel';
import { imageBytes } from './bytes.js';
import { measure, profileVersion, maxProfileVersions, severity, verdict } from './inspection-profile.js';
import { storedText } from './text.js';

export const reportFormat = z.enum(['html', 'pdf']).meta({ id: 'ReportFormat' });
export type ReportFormat = z.infer<typeof reportFormat>;

export const inspectionRequest = z.object({
  image: imageBytes().describe(
    `JPEG, PNG or WebP, at most 10 MiB, 25 megapixels and ${maxImageSidePx} pixels a side; EXIF orientation is honoured. It is not kept`,
  ),
  profile: storedText(128).describe('id of an inspection profile'),
  version: profileVersion.optional().describe('of the profile; without it the latest'),
  annotate: z
    .boolean()
    .default(false)
    .describe('give the picture with its findings drawn on it, too, at most 2048 pixels a side'),
  report: reportFormat.optional().describe('give a report of one page, too'),
});
export type InspectionRequest = z.output<typeof inspectionRequest>;

const pixels = z.number();
const millimetres = z.number().optional();

export const findingBox = z.object({ x: pixels, y: pixels, width: pixels, height: pixels }).meta({
  id: 'FindingBox',
  description: 'in pixels of the upright image; x and y are of the top left corner',
});

export const inspectionFinding = z
  .object({
    number: z.int().min(1).max(1_000).describe('as on the annotated picture and in the report'),
    label: z.string(),
    score: z.number().min(0).max(1),
    severity,
    brokenRules: z.array(z.string()),
    box: findingBox,
    areaPx: pixels.describe('square pixels; of its region where the task gives regions, else of its box'),
    polygons: z
      .array(z.array(z.number()))
      .optional()
      .describe(
        'of a region, where the task gives regions: rings of x and y in turn, the outer one first; inside is what an odd number of them contain',
      ),
    areaMm2: millimetres,
    longestSidePx: pixels.describe('of its box'),
    longestSideMm: millimetres,
  })
  .meta({ id: 'InspectionFinding' });
export type InspectionFinding = z.output<typeof inspectionFinding>;

const count = z.int().min(0).max(1_000);

export const severityCounts = z
  .object({ critical: count, major: count, minor: count, info: count })
  .meta({ id: 'SeverityCounts', description: 'findings of each severity' });

export const labelMeasurement = z
  .object({
    label: z.string(),
    count,
    totalAreaPx: pixels,
    largestAreaPx: pixels,
    totalAreaMm2: millimetres,
    largestAreaMm2: millimetres,
  })
  .meta({ id: 'LabelMeasurement' });

export const brokenRule = z
  .object({
    name: z.string(),
    measure,
    measured: z.number().describe('the value that broke it; the furthest off where several did'),
    above: z.number().optional(),
    below: z.number().optional(),
    severity,
    verdict,
    findings: z.array(z.int().min(1).max(1_000)).describe('numbers of the findings that it is about'),
  })
  .meta({ id: 'BrokenRule' });
export type BrokenRule = z.output<typeof brokenRule>;

export const attachment = z
  .object({
    mediaType: z.string(),
    data: z.string().describe('base64'),
  })
  .meta({ id: 'InspectionAttachment' });

export const inspectedWith = z
  .object({
    id: z.string(),
    version: z.int().min(1).max(maxProfileVersions),
    name: z.string(),
    task: z.string(),
  })
  .meta({ id: 'InspectedWith' });

/** Which file was inspected: a report names it, and whoever has both can tell that they belong together. */
export const inspectedPicture = z
  .object({
    width: z.int().min(1).describe('of the upright picture, pixels'),
    height: z.int().min(1),
    sizeBytes: z.int().min(1).describe('of the file as sent'),
    sha256: z
      .string()
      .regex(/^[0-9a-f]{64}$/)
      .describe('SHA-256 of the file as sent, hexadecimal'),
  })
  .meta({ id: 'InspectedPicture' });

/** What an inspection says; replies add request id, model and usage. */
export const inspection = z.object({
  verdict,
  profile: inspectedWith,
  picture: inspectedPicture,
  region: findingBox.optional().describe('what was looked at; without it all of the picture'),
  findings: z.array(inspectionFinding).describe('worst first'),
  severities: severityCounts,
  brokenRules: z.array(brokenRule).describe('worst first'),
  measurements: z.array(labelMeasurement).describe('by label; most findings first'),
  inspectedAt: z.iso.datetime().describe('RFC 3339, UTC'),
  annotated: attachment.optional().describe('a PNG, with `annotate`'),
  report: attachment.optional().describe('with `report`'),
});
export type Inspection = z.output<typeof inspection>;
