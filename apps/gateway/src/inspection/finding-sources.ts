import type { FindingSources } from '#core';
import { detectObjects, segmentImage } from '#tasks';

/** The most findings of one picture. */
const maxDetections = 300;
const maxRegions = 255;

/** How each task that can be inspected with is asked and read; one that a profile may name and is not here does not compile. */
export const findingSources: FindingSources = {
  /** One thing is one finding: of boxes of different labels on the same place only the best stays. */
  'detect-objects': {
    task: detectObjects,
    needsModel: false,
    takesTiles: true,
    ask: (image, { model, labels, minScore, tile }, region) => ({
      image,
      tile,
      maxDetections,
      classAgnostic: true,
      ...(model !== null && { model }),
      ...(minScore !== null && { minScore }),
      ...(labels !== null && { labels }),
      ...(region && { region }),
    }),
    read: (reply) => detectObjects.output.parse(reply).detections,
  },
  /** Regions are findings as detections are, but for an area of their own; it is asked for all labels and picked from. */
  'segment-image': {
    task: segmentImage,
    needsModel: true,
    takesTiles: false,
    ask: (image, { model, minScore }, region) => ({
      image,
      model,
      maxRegions,
      masks: 'polygons',
      ...(minScore !== null && { minScore }),
      ...(region && { region }),
    }),
    read: (reply, { labels }) =>
      segmentImage.output
        .parse(reply)
        .regions.filter(({ label }) => labels?.includes(label) ?? true)
        .map(({ label, score, box, area, polygons }) => ({
          label,
          score,
          box,
          areaPx: area,
          ...(polygons && { polygons }),
        })),
  },
};
