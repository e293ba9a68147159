import { anything, type ApiCase } from './api-case.js';
import { segment } from './asks.js';
import { pngBase64 } from './one-pixel.js';

/** What only the ports of `local-ports.ts` answer: a model may find something else. */
export const scriptedCases: readonly ApiCase[] = [
  {
    name: 'segments a base64 image, with masks of every form',
    ...segment({ image: pngBase64, model: 'cell-nuclei', masks: 'polygons', simplify: 0, cutOut: true }),
    status: 200,
    body: {
      width: 4,
      regions: [
        {
          label: 'nucleus',
          rle: { size: [2, 4], counts: anything },
          polygons: [[1, 0, 3, 0, 3, 1, 1, 1]],
        },
      ],
      classes: [{ label: 'nucleus', regions: 1, area: 2, areaPercent: 25 }],
      requestId: anything,
      model: anything,
      usage: { unit: 'images', amount: 1 },
    },
  },
];
