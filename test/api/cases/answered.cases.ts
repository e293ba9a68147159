import type { Inferway } from '#sdk';
import { anything, type ApiCase } from './api-case.js';
import {
  answer,
  classify,
  detect,
  embed,
  estimate,
  estimateVideo,
  hello,
  segment,
  translate,
} from './asks.js';
import { png, pngBase64 } from './one-pixel.js';

/** What is answered, and what the answer holds. */
export const answered: readonly ApiCase[] = [
  {
    name: 'translates one text',
    ...hello,
    status: 200,
    body: {
      translations: [{ text: anything }],
      requestId: anything,
      model: anything,
      usage: { unit: 'characters', amount: anything },
    },
  },
  {
    name: 'translates many texts, in order',
    ...translate({ text: ['One', 'Two', 'Three'], source: 'en', target: 'pt' }),
    status: 200,
    body: { translations: [{ text: anything }, { text: anything }, { text: anything }] },
  },
  {
    name: 'serves a language by its region tag',
    ...translate({ text: 'Good morning', source: 'en', target: 'pt-BR' }),
    status: 200,
    body: { translations: [{ text: anything }] },
  },
  {
    name: 'accepts emoji, right-to-left text and combining marks',
    ...translate({ text: 'Family 👩‍👩‍👧 says שלום and café', source: 'en', target: 'pt' }),
    status: 200,
    body: { translations: [{ text: anything }] },
  },
  {
    name: 'accepts NUL and control characters',
    ...translate({ text: 'Good\u0000 morn\u0007ing\u001b', source: 'en', target: 'pt' }),
    status: 200,
    body: { translations: [{ text: anything }] },
  },
  {
    name: 'answers a question from a text',
    ...answer({ question: 'When does it open?', context: 'The shop opens at nine and closes at six.' }),
    status: 200,
    body: { answers: anything, noAnswerScore: anything },
  },
  { name: 'embeds a text', ...embed({ text: 'A cat' }), status: 200, body: { embeddings: anything } },
  {
    name: 'classifies a base64 image',
    ...classify({ image: pngBase64, topK: 1 }),
    status: 200,
    body: { labels: [{ label: anything }] },
  },
  ...Object.entries({
    bytes: () => png,
    'a stream': () => new Blob([png]).stream(),
  }).map(([name, image]) => ({
    name: `classifies an image sent as ${name}`,
    sdk: (client: Inferway) => client.classifyImage({ image: image(), topK: 1 }),
    status: 200,
    body: { labels: [{ label: anything }] },
  })),
  {
    name: 'detects objects in a base64 image',
    ...detect({ image: pngBase64, labels: ['cat'], region: { x: 0, y: 0, width: 1, height: 1 } }),
    status: 200,
    body: {
      detections: anything,
      requestId: anything,
      model: anything,
      usage: { unit: 'images', amount: 1 },
    },
  },
  {
    name: 'detects objects in an image sent as bytes, with a list and an object beside it',
    sdk: (client: Inferway) =>
      client.detectObjects({ image: png, labels: ['cat'], region: { x: 0, y: 0, width: 1, height: 1 } }),
    status: 200,
    body: { detections: anything },
  },
  {
    name: 'segments a base64 image',
    ...segment({ image: pngBase64, model: 'cell-nuclei' }),
    status: 200,
    body: {
      regions: anything,
      classes: anything,
      requestId: anything,
      model: anything,
      usage: { unit: 'images', amount: 1 },
    },
  },
  {
    name: 'marks nobody in an image without people',
    ...segment({ image: pngBase64, model: 'person-matting', masks: 'none', cutOut: true }),
    status: 200,
    body: { regions: [], classes: [], model: anything, usage: { unit: 'images', amount: 1 } },
  },
  {
    name: 'segments an image sent as bytes, with an object beside it',
    sdk: (client: Inferway) =>
      client.segmentImage({
        image: png,
        model: 'surface-defects',
        region: { x: 0, y: 0, width: 1, height: 1 },
      }),
    status: 200,
    body: { regions: anything },
  },
  {
    name: 'reports the error of one item and answers the others',
    ...embed({ text: ['A cat', 'word '.repeat(3_000)] }),
    status: 200,
    body: { embeddings: [anything, null], errors: [{ index: 1, code: 'text.too_long' }] },
  },
  {
    name: 'lists models',
    rest: { method: 'GET', path: '/v1/models' },
    graphql: { query: '{ models { model task licence } }' },
    sdk: (client) => client.models(),
    status: 200,
  },
  {
    name: 'lists language pairs',
    rest: { method: 'GET', path: '/v1/languages' },
    graphql: { query: '{ languages { source target model } }' },
    sdk: (client) => client.languages(),
    status: 200,
  },
  {
    name: 'lists limits',
    rest: { method: 'GET', path: '/v1/limits' },
    graphql: { query: '{ limits { name value unit } }' },
    sdk: (client) => client.limits(),
    status: 200,
  },
  {
    name: 'estimates a request: its items, its units at most, and that it would be admitted',
    ...estimate('translate', { text: ['One', 'Three'], target: 'pt' }),
    status: 200,
    body: { items: 2, usage: { unit: 'characters', amount: 8 }, admitted: true },
  },
  {
    name: 'estimates an image',
    ...estimate('classify-image', { image: pngBase64 }),
    status: 200,
    body: { items: 1, usage: { unit: 'images', amount: 1 }, admitted: true },
  },
  {
    name: 'estimates a detection',
    ...estimate('detect-objects', { image: pngBase64 }),
    status: 200,
    body: { items: 1, usage: { unit: 'images', amount: 1 }, admitted: true },
  },
  {
    name: 'estimates a segmentation',
    ...estimate('segment-image', { image: pngBase64, model: 'cell-nuclei' }),
    status: 200,
    body: { items: 1, usage: { unit: 'images', amount: 1 }, admitted: true },
  },
  {
    name: 'estimates a detection by tiles, each of which is looked at, as is the whole',
    ...estimate('detect-objects', {
      image: pngBase64,
      region: { x: 0, y: 0, width: 1_280, height: 960 },
      tile: 'auto',
    }),
    status: 200,
    body: { items: 1, usage: { unit: 'images', amount: 7 }, admitted: true },
  },
  {
    name: 'estimates a video by the frames of its length, each an image',
    ...estimateVideo({ durationS: 60.1, framesPerSecond: 2 }),
    status: 200,
    body: { task: 'detect-objects', items: 121, usage: { unit: 'images', amount: 121 }, admitted: true },
  },
  {
    name: 'estimates a video by scenes at most, which its frames bound',
    ...estimateVideo({ durationS: 60, sampling: 'scene', frames: 1_500 }),
    status: 200,
    body: { items: 1_500, usage: { unit: 'images', amount: 1_500 }, admitted: true },
  },
  {
    name: 'estimates that a video would be refused whose frames are too many',
    ...estimateVideo({ durationS: 3_600, framesPerSecond: 5 }),
    status: 200,
    body: { items: 18_000, admitted: false, refusal: { code: 'video.too_long' } },
  },
  {
    name: 'detects objects by tiles where the image is no larger than one',
    ...detect({ image: pngBase64, tile: 'auto' }),
    status: 200,
    body: { detections: anything, usage: { unit: 'images', amount: 1 } },
  },
  {
    name: 'reports usage, with amounts beyond 32 bits',
    rest: { method: 'GET', path: '/v1/usage?from=2026-11-01&to=2026-11-30&task=translate' },
    graphql: {
      query: '{ usage(from: "2026-11-01", to: "2026-11-30", task: "translate") { day task unit amount } }',
    },
    sdk: (client) => client.usage({ from: '2026-11-01', to: '2026-11-30', task: 'translate' }),
    status: 200,
  },
];
