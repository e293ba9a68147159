import { z } from 'zod';
import { storedText } from './text.js';

/** Tasks whose findings can be inspected. */
const inspectableTasks = ['detect-objects', 'segment-image'] as const;
export type InspectableTask = (typeof inspectableTasks)[number];

/** A string on every surface: GraphQL's enums hold no dashes. */
const inspectableTask = z
  .custom<InspectableTask>((value) => inspectableTasks.some((task) => task === value), {
    error: `must be one of ${inspectableTasks.join(', ')}`,
  })
  .meta({ override: { type: 'string', enum: [...inspectableTasks] } });

/** Least to worst. */
export const severities = ['info', 'minor', 'major', 'critical'] as const;
export const severity = z.enum(severities).meta({
  id: 'Severity',
  description: 'of a rule, and of the findings that break it; `info` of one that breaks none',
});
export type Severity = z.infer<typeof severity>;

/** Best to worst. */
export const verdicts = ['pass', 'review', 'fail'] as const;
export const verdict = z
  .enum(verdicts)
  .meta({ id: 'Verdict', description: 'of a picture: the worst of the rules that it breaks' });
export type Verdict = z.infer<typeof verdict>;

/**
 * What a rule looks at. `count` and `total…` are of all findings of the rule's labels together; the others are of each
 * finding, any of which can break the rule. Those in millimetres need `mmPerPixel`.
 */
export const measure = z
  .enum(['count', 'areaPx', 'areaMm2', 'totalAreaPx', 'totalAreaMm2', 'longestSidePx', 'longestSideMm'])
  .meta({ id: 'Measure' });
export type Measure = z.infer<typeof measure>;

/** A side of an image has at most 25 million pixels; so has its area. */
const bound = z.number().min(0).max(1_000_000_000);
const ruleName = storedText(100);
const label = storedText(100);
const labels = z.array(label).min(1).max(100);

/** A rule is broken when what it measures is above `above`, or below `below`; it has one of the two. */
export const inspectionRule = z
  .strictObject({
    name: ruleName.describe('what a report calls it, such as `too many missing`'),
    labels: labels.optional().describe('findings it looks at; without it all'),
    measure,
    above: bound.optional().describe('broken by more than this'),
    below: bound.optional().describe('broken by less than this'),
    severity,
    verdict: z.enum(['review', 'fail']).describe('of a picture that breaks it').meta({ id: 'BrokenVerdict' }),
  })
  .refine(({ above, below }) => (above === undefined) !== (below === undefined), {
    error: 'needs either above or below',
  })
  .meta({ id: 'InspectionRule' });
export type InspectionRule = z.infer<typeof inspectionRule>;

/** No side of an accepted image is longer. */
const maxSidePx = 25_000_000;
/** Of the picture's width and height: what 1 is short of after adding up decimals. */
const rounding = 1e-9;

/** Which part of a picture is looked at: of a fixed camera in pixels, of pictures of several sizes in parts of them. */
export const inspectedPart = z
  .strictObject({
    unit: z
      .enum(['px', 'part'])
      .describe('px: whole pixels of the upright picture; part: of its width and height, 0 to 1')
      .meta({ id: 'PartUnit' }),
    x: z.number().min(0).max(maxSidePx).describe('of the left edge'),
    y: z.number().min(0).max(maxSidePx).describe('of the top edge'),
    width: z.number().min(0.000_1).max(maxSidePx),
    height: z.number().min(0.000_1).max(maxSidePx),
  })
  .refine(({ unit, ...sides }) => unit === 'part' || Object.values(sides).every(Number.isInteger), {
    error: 'in px needs whole numbers',
  })
  .refine(
    ({ unit, x, y, width, height }) => unit === 'px' || Math.max(x + width, y + height) <= 1 + rounding,
    { error: 'in parts must end inside the picture, at 1' },
  )
  .meta({ id: 'InspectedPart' });
export type InspectedPart = z.infer<typeof inspectedPart>;

const fields = {
  name: storedText(200).describe('what is inspected, for people'),
  task: inspectableTask.describe('what finds'),
  model: storedText(100)
    .nullable()
    .describe(
      'which model of the task, with or without its revision; null: the one that serves it, but `segment-image` needs one',
    ),
  labels: labels.nullable().describe('look for these only; null: for all that the model knows'),
  minScore: z.number().min(0).max(1).nullable().describe('least score; null: what suits the task'),
  minAreaPx: z
    .number()
    .min(0)
    .max(25_000_000)
    .describe('smaller ones are no findings; square pixels of the upright image'),
  mmPerPixel: z
    .number()
    .min(0.000_001)
    .max(10_000)
    .nullable()
    .describe('scale of a fixed camera, for measurements in millimetres; null: none'),
  region: inspectedPart.nullable().describe('look at this part of the picture only; null: at all of it'),
  tile: z
    .enum(['none', 'auto'])
    .describe(
      'auto: look at overlapping tiles, too, for small things in large pictures; `detect-objects` only. Each look is billed as an image',
    ),
  rules: z.array(inspectionRule).max(64).describe('none: every picture passes'),
};

export const inspectionProfileRequest = z.object({
  ...fields,
  model: fields.model.default(null),
  labels: fields.labels.default(null),
  minScore: fields.minScore.default(null),
  minAreaPx: fields.minAreaPx.default(0),
  mmPerPixel: fields.mmPerPixel.default(null),
  region: fields.region.default(null),
  tile: fields.tile.default('none'),
  rules: fields.rules.default([]),
});
/** All that an inspection goes by, as one version of a profile keeps it. */
export type InspectionDefinition = z.output<typeof inspectionProfileRequest>;

/** What is left out stays as in the version before. */
export const inspectionProfileChange = z.object({
  name: fields.name.exactOptional(),
  task: fields.task.exactOptional(),
  model: fields.model.exactOptional(),
  labels: fields.labels.exactOptional(),
  minScore: fields.minScore.exactOptional(),
  minAreaPx: fields.minAreaPx.exactOptional(),
  mmPerPixel: fields.mmPerPixel.exactOptional(),
  region: fields.region.exactOptional(),
  tile: fields.tile.exactOptional(),
  rules: fields.rules.exactOptional(),
});
export type InspectionProfileChange = z.output<typeof inspectionProfileChange>;

/** Most profiles of a tenant, archived ones too, and most versions of one. */
export const maxInspectionProfiles = 1_000;
export const maxProfileVersions = 1_000;

export const profileVersion = z.coerce
  .number()
  .int()
  .min(1)
  .max(maxProfileVersions)
  .meta({ override: { type: 'integer', minimum: 1, maximum: maxProfileVersions } });

export const inspectionProfileQuery = z.object({
  version: profileVersion.optional().describe('an earlier version; without it the latest'),
});

export const inspectionProfileView = z
  .object({
    id: z.string(),
    version: z.int().min(1).max(maxProfileVersions).describe('a version never changes'),
    ...fields,
    createdAt: z.iso.datetime().describe('of this version; RFC 3339, UTC'),
    archivedAt: z.iso.datetime().nullable().describe('since when the profile inspects nothing more'),
  })
  .meta({ id: 'InspectionProfile' });
export type InspectionProfileView = z.output<typeof inspectionProfileView>;

export const inspectionProfileList = z
  .object({
    profiles: z.array(inspectionProfileView).describe('latest versions, newest profile first'),
    nextCursor: z.string().optional(),
  })
  .meta({ id: 'InspectionProfileList' });
export type InspectionProfileList = z.output<typeof inspectionProfileList>;
