import { gzipSync } from 'node:zlib';
import type { ErrorCode } from '#kernel';
import { hostileImages } from './hostile-images.js';
import type {
  AnswerInput,
  ClassifyImageInput,
  DetectObjectsInput,
  EmbedInput,
  Inferway,
  SegmentImageInput,
  TranslateInput,
} from '#sdk';

/** Keys that were made on the server, and that it refuses. */
export type MadeKeyKind = 'revoked' | 'expired' | 'suspended' | 'elsewhere' | 'pageOnly' | 'unscoped';
/** Which key a case sends. */
export type KeyKind = 'good' | 'none' | 'mistyped' | 'unknown' | MadeKeyKind;

export interface RestRequest {
  method?: 'GET' | 'POST' | 'PUT' | 'DELETE' | 'OPTIONS';
  path: string;
  /** Sent as JSON; a string or bytes go as they are. */
  body?: unknown;
  headers?: Record<string, string>;
}

export interface GraphqlRequest {
  query?: string;
  variables?: Record<string, unknown>;
  /** A body that goes as it is, in place of `query` and `variables`. */
  raw?: string | Buffer;
  headers?: Record<string, string>;
}

/** The same request as code: what does not compile, a typed client cannot send. */
export type SdkRequest = (client: Inferway) => Promise<object>;

/** One behaviour, asked over every surface that has it. Holds for any server with the starter models. */
export interface ApiCase {
  name: string;
  key?: KeyKind;
  rest?: RestRequest;
  graphql?: GraphqlRequest;
  sdk?: SdkRequest;
  status: number;
  /** Over GraphQL: 200 where a field failed, the error's own status where the whole request did. */
  graphqlStatus?: number;
  code?: ErrorCode;
  /** JSON path of one of the issues. */
  issue?: string;
  /** What the body must contain; over GraphQL, what the first field must. */
  body?: object;
}

/** A 1×1 PNG. */
export const pngBase64 =
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';

const png = Buffer.from(pngBase64, 'base64');

const translateQuery = `query ($text: [String!]!, $source: String, $target: String!) {
  translate(text: $text, source: $source, target: $target) { translations { text error { code } } requestId model usage { unit amount } }
}`;
const embedQuery = 'query ($text: [String!]!) { embed(text: $text) { embeddings errors { index code } } }';
const answerQuery = `query ($question: String!, $context: [String!]!, $topK: Int) {
  answer(question: $question, context: $context, topK: $topK) { answers { text } noAnswerScore }
}`;
const classifyQuery =
  'query ($image: Upload!, $topK: Int, $model: String) { classifyImage(image: $image, topK: $topK, model: $model) { labels { label } } }';
const detectQuery = `query ($image: Upload!, $minScore: Float, $labels: [String!], $region: RegionInput, $maxDetections: Int, $iouThreshold: Float, $tile: DetectObjectsTile) {
  detectObjects(image: $image, tile: $tile, minScore: $minScore, labels: $labels, region: $region, maxDetections: $maxDetections, iouThreshold: $iouThreshold) {
    detections { label score box { x y width height } } requestId model usage { unit amount }
  }
}`;
const segmentQuery = `query ($image: Upload!, $model: String!, $masks: SegmentImageMasks, $minScore: Float, $minAreaPercent: Float, $maxRegions: Int, $simplify: Float, $cutOut: Boolean, $region: RegionInput) {
  segmentImage(image: $image, model: $model, masks: $masks, minScore: $minScore, minAreaPercent: $minAreaPercent, maxRegions: $maxRegions, simplify: $simplify, cutOut: $cutOut, region: $region) {
    width height mask simplifiedBy cutOut { image box { x } }
    regions { label score area areaPercent box { x y width height } rle { size counts } polygons }
    classes { label regions area areaPercent } requestId model usage { unit amount }
  }
}`;

const translate = (input: TranslateInput) => ({
  rest: { path: '/v1/translate', body: input },
  graphql: { query: translateQuery, variables: { ...input } },
  sdk: (client: Inferway) => client.translate(input),
});
const embed = (input: EmbedInput) => ({
  rest: { path: '/v1/embed', body: input },
  graphql: { query: embedQuery, variables: { ...input } },
  sdk: (client: Inferway) => client.embed(input),
});
const answer = (input: AnswerInput) => ({
  rest: { path: '/v1/answer', body: input },
  graphql: { query: answerQuery, variables: { ...input } },
  sdk: (client: Inferway) => client.answer(input),
});
const classify = (input: ClassifyImageInput) => ({
  rest: { path: '/v1/images/classify', body: input },
  graphql: { query: classifyQuery, variables: { ...input } },
  sdk: (client: Inferway) => client.classifyImage(input),
});
const detect = (input: DetectObjectsInput) => ({
  rest: { path: '/v1/images/detect', body: input },
  graphql: { query: detectQuery, variables: { ...input } },
  sdk: (client: Inferway) => client.detectObjects(input),
});
const segment = (input: SegmentImageInput) => ({
  rest: { path: '/v1/images/segment', body: input },
  graphql: { query: segmentQuery, variables: { ...input } },
  sdk: (client: Inferway) => client.segmentImage(input),
});

/** A multipart body with one file, named and typed as a photo whatever it holds. */
function upload(bytes: Buffer): RestRequest {
  const head =
    '--x\r\ncontent-disposition: form-data; name="image"; filename="photo.jpg"\r\ncontent-type: image/jpeg\r\n\r\n';
  return {
    path: '/v1/images/classify',
    body: Buffer.concat([Buffer.from(head), bytes, Buffer.from('\r\n--x--\r\n')]),
    headers: { 'content-type': 'multipart/form-data; boundary=x' },
  };
}

const estimateQuery = `query ($task: String!, $input: JSON!) {
  estimate(task: $task, input: $input) { task items usage { unit amount } admitted refusal { code } limits { name remaining } requestId }
}`;
const estimate = (task: string, input: Record<string, unknown>) => ({
  rest: { path: '/v1/estimate', body: { task, input } },
  graphql: { query: estimateQuery, variables: { task, input } },
  sdk: (client: Inferway) => client.estimate({ task, input }),
});

const good: TranslateInput = { text: 'Good morning', source: 'en', target: 'pt' };
const hello = translate(good);
const any = { matches: 'anything' };
/** Marks a value that must be there, whatever it is. */
export const anything = any;

const answered: ApiCase[] = [
  {
    name: 'translates one text',
    ...hello,
    status: 200,
    body: {
      translations: [{ text: any }],
      requestId: any,
      model: any,
      usage: { unit: 'characters', amount: any },
    },
  },
  {
    name: 'translates many texts, in order',
    ...translate({ text: ['One', 'Two', 'Three'], source: 'en', target: 'pt' }),
    status: 200,
    body: { translations: [{ text: any }, { text: any }, { text: any }] },
  },
  {
    name: 'serves a language by its region tag',
    ...translate({ text: 'Good morning', source: 'en', target: 'pt-BR' }),
    status: 200,
    body: { translations: [{ text: any }] },
  },
  {
    name: 'accepts emoji, right-to-left text and combining marks',
    ...translate({ text: 'Family 👩‍👩‍👧 says שלום and café', source: 'en', target: 'pt' }),
    status: 200,
    body: { translations: [{ text: any }] },
  },
  {
    name: 'accepts NUL and control characters',
    ...translate({ text: 'Good\u0000 morn\u0007ing\u001b', source: 'en', target: 'pt' }),
    status: 200,
    body: { translations: [{ text: any }] },
  },
  {
    name: 'answers a question from a text',
    ...answer({ question: 'When does it open?', context: 'The shop opens at nine and closes at six.' }),
    status: 200,
    body: { answers: any, noAnswerScore: any },
  },
  { name: 'embeds a text', ...embed({ text: 'A cat' }), status: 200, body: { embeddings: any } },
  {
    name: 'classifies a base64 image',
    ...classify({ image: pngBase64, topK: 1 }),
    status: 200,
    body: { labels: [{ label: any }] },
  },
  ...Object.entries({
    bytes: () => png,
    'a stream': () => new Blob([png]).stream(),
  }).map(([name, image]) => ({
    name: `classifies an image sent as ${name}`,
    sdk: (client: Inferway) => client.classifyImage({ image: image(), topK: 1 }),
    status: 200,
    body: { labels: [{ label: any }] },
  })),
  {
    name: 'detects objects in a base64 image',
    ...detect({ image: pngBase64, labels: ['cat'], region: { x: 0, y: 0, width: 1, height: 1 } }),
    status: 200,
    body: { detections: any, requestId: any, model: any, usage: { unit: 'images', amount: 1 } },
  },
  {
    name: 'detects objects in an image sent as bytes, with a list and an object beside it',
    sdk: (client: Inferway) =>
      client.detectObjects({ image: png, labels: ['cat'], region: { x: 0, y: 0, width: 1, height: 1 } }),
    status: 200,
    body: { detections: any },
  },
  {
    name: 'segments a base64 image',
    ...segment({ image: pngBase64, model: 'cell-nuclei' }),
    status: 200,
    body: { regions: any, classes: any, requestId: any, model: any, usage: { unit: 'images', amount: 1 } },
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
    body: { regions: any },
  },
  {
    name: 'reports the error of one item and answers the others',
    ...embed({ text: ['A cat', 'word '.repeat(3_000)] }),
    status: 200,
    body: { embeddings: [any, null], errors: [{ index: 1, code: 'text.too_long' }] },
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
    name: 'detects objects by tiles where the image is no larger than one',
    ...detect({ image: pngBase64, tile: 'auto' }),
    status: 200,
    body: { detections: any, usage: { unit: 'images', amount: 1 } },
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

const keys: ApiCase[] = [
  {
    name: 'no key',
    key: 'none',
    rest: hello.rest,
    graphql: hello.graphql,
    status: 401,
    graphqlStatus: 401,
    code: 'auth.missing_key',
  },
  {
    name: 'a mistyped key is told from an unknown one',
    key: 'mistyped',
    ...hello,
    status: 401,
    graphqlStatus: 401,
    code: 'auth.malformed_key',
  },
  {
    name: 'an unknown key',
    key: 'unknown',
    ...hello,
    status: 401,
    graphqlStatus: 401,
    code: 'auth.unknown_key',
  },
  {
    name: 'a revoked key',
    key: 'revoked',
    ...hello,
    status: 401,
    graphqlStatus: 401,
    code: 'auth.revoked_key',
  },
  {
    name: 'a key that has expired, or was rotated',
    key: 'expired',
    ...hello,
    status: 401,
    graphqlStatus: 401,
    code: 'auth.expired_key',
  },
  {
    name: 'a key of a suspended tenant',
    key: 'suspended',
    ...hello,
    status: 403,
    graphqlStatus: 403,
    code: 'tenant.suspended',
  },
  {
    name: 'a key of another network',
    key: 'elsewhere',
    ...hello,
    status: 403,
    graphqlStatus: 403,
    code: 'auth.wrong_network',
  },
  {
    name: 'a key that is bound to an origin, from outside a browser',
    key: 'pageOnly',
    ...hello,
    status: 403,
    graphqlStatus: 403,
    code: 'auth.wrong_origin',
  },
  {
    name: 'a key that is bound to an origin, from another one',
    key: 'pageOnly',
    rest: { ...hello.rest, headers: { origin: 'https://shop.example.evil.example' } },
    graphql: { ...hello.graphql, headers: { origin: 'http://shop.example' } },
    status: 403,
    graphqlStatus: 403,
    code: 'auth.wrong_origin',
  },
  {
    name: 'a key that is bound to an origin, from there',
    key: 'pageOnly',
    rest: { ...hello.rest, headers: { origin: 'https://shop.example' } },
    graphql: { ...hello.graphql, headers: { origin: 'https://shop.example' } },
    status: 200,
  },
  {
    name: 'a key without the scope of the task, which is named',
    key: 'unscoped',
    ...hello,
    status: 403,
    code: 'auth.missing_scope',
    body: { supported: ['translate'] },
  },
  {
    name: 'a key without the scope for usage, which is named',
    key: 'unscoped',
    rest: { method: 'GET', path: '/v1/usage' },
    graphql: { query: '{ usage { day } }' },
    sdk: (client) => client.usage({}),
    status: 403,
    code: 'auth.missing_scope',
    body: { supported: ['usage:read'] },
  },
  {
    name: 'administration with the key of a tenant',
    rest: { method: 'GET', path: '/v1/admin/tenants' },
    status: 403,
    code: 'auth.forbidden',
  },
  {
    name: 'another authorization scheme is no key',
    key: 'none',
    rest: { path: '/v1/translate', body: {}, headers: { authorization: 'Basic eDp5' } },
    status: 401,
    code: 'auth.missing_key',
  },
];

const invalid: ApiCase[] = [
  {
    name: 'an empty text, by its path',
    ...translate({ text: ['Good morning', ''], target: 'pt' }),
    status: 422,
    code: 'request.invalid',
    issue: 'text[1]',
  },
  {
    name: 'a text beyond the limit, with the limit',
    ...translate({ text: 'a'.repeat(16_385), target: 'pt' }),
    status: 422,
    code: 'request.invalid',
    body: { limit: { value: 16_384 } },
  },
  {
    name: 'a lone surrogate',
    ...translate({ text: ['bad \ud800 text'], target: 'pt' }),
    status: 422,
    code: 'request.invalid',
    issue: 'text[0]',
  },
  {
    name: 'more items than a request may have',
    ...embed({ text: Array.from({ length: 129 }, () => 'a') }),
    status: 422,
    code: 'request.invalid',
    issue: 'text',
  },
  {
    name: 'a number out of range',
    ...answer({ question: 'Why?', context: 'Because.', topK: 99 }),
    status: 422,
    code: 'request.invalid',
    issue: 'topK',
  },
  {
    name: 'a language tag that is none',
    ...translate({ text: 'Good morning', target: 'portuguese please' }),
    status: 422,
    code: 'request.invalid',
    issue: 'target',
  },
  {
    name: 'a label that the detector has not, with those it has',
    ...detect({ image: pngBase64, labels: ['unicorn'] }),
    status: 422,
    code: 'request.invalid',
    issue: 'labels[0]',
    body: { supported: any },
  },
  {
    name: 'a region without area',
    ...detect({ image: pngBase64, region: { x: 0, y: 0, width: 0, height: 5 } }),
    status: 422,
    code: 'request.invalid',
    issue: 'region.width',
  },
  {
    name: 'a threshold above one',
    ...detect({ image: pngBase64, iouThreshold: 1.5 }),
    status: 422,
    code: 'request.invalid',
    issue: 'iouThreshold',
  },
  {
    name: 'a model that is not there, with those that are',
    ...classify({ image: pngBase64, model: 'unicorns' }),
    status: 422,
    code: 'request.invalid',
    issue: 'model',
    body: { supported: any },
  },
  {
    name: 'a segmenter that is not there, with those that are',
    ...segment({ image: pngBase64, model: 'unicorns' }),
    status: 422,
    code: 'request.invalid',
    issue: 'model',
    body: { supported: any },
  },
  {
    name: 'more regions than a mask can number',
    ...segment({ image: pngBase64, model: 'cell-nuclei', maxRegions: 256 }),
    status: 422,
    code: 'request.invalid',
    issue: 'maxRegions',
  },
  {
    name: 'a coarser outline than there is',
    ...segment({ image: pngBase64, model: 'cell-nuclei', simplify: 101 }),
    status: 422,
    code: 'request.invalid',
    issue: 'simplify',
  },
  {
    name: 'more detections than a reply may have',
    ...detect({ image: pngBase64, maxDetections: 301 }),
    status: 422,
    code: 'request.invalid',
    issue: 'maxDetections',
  },
  {
    name: 'an empty question',
    ...answer({ question: '', context: 'Because.' }),
    status: 422,
    code: 'request.invalid',
    issue: 'question',
  },
  {
    name: 'an empty context among others',
    ...answer({ question: 'Why?', context: ['Because.', ''] }),
    status: 422,
    code: 'request.invalid',
    issue: 'context[1]',
  },
  {
    name: 'contexts that are too long together',
    ...answer({ question: 'Why?', context: ['a'.repeat(65_536), 'b'.repeat(65_536), 'c'] }),
    status: 422,
    code: 'request.invalid',
    issue: 'context',
  },
  {
    name: 'no text at all',
    ...embed({ text: [] }),
    status: 422,
    code: 'request.invalid',
    issue: 'text',
  },
  {
    name: 'lists inside lists, 200,000 deep',
    rest: {
      path: '/v1/embed',
      body: `{"text": ${'['.repeat(200_000)}${']'.repeat(200_000)}}`,
      headers: { 'content-type': 'application/json' },
    },
    status: 422,
    code: 'request.invalid',
    issue: 'text[0]',
  },
  {
    name: 'an unsupported pair, with the supported ones',
    rest: { path: '/v1/translate', body: { text: 'Good morning', source: 'en', target: 'zz' } },
    sdk: (client) => client.translate({ text: 'Good morning', source: 'en', target: 'zz' }),
    status: 422,
    code: 'language.unsupported',
    body: { supported: any },
  },
  {
    name: 'an unsupported pair of one item among many',
    ...translate({ text: ['Good morning'], source: 'en', target: 'zz' }),
    status: 200,
    body: { translations: [{ error: { code: 'language.unsupported' } }] },
  },
  {
    name: 'a wrong type, by its path',
    rest: { path: '/v1/translate', body: { text: ['a', 5], target: 'pt' } },
    status: 422,
    code: 'request.invalid',
    issue: 'text[1]',
  },
  {
    name: 'an unknown field, by its name',
    rest: { path: '/v1/translate', body: { text: 'a', target: 'pt', targt: 'en' } },
    status: 422,
    code: 'request.invalid',
    issue: 'targt',
  },
  {
    name: 'a body that is no object',
    rest: { path: '/v1/translate', body: [1, 2] },
    status: 422,
    code: 'request.invalid',
  },
  {
    name: 'base64 that is none',
    ...classify({ image: '<svg/>', topK: 1 }),
    status: 422,
    code: 'request.invalid',
    issue: 'image',
  },
  ...hostileImages.map(({ name, bytes, code, status }) => ({
    name,
    ...classify({ image: bytes.toString('base64') }),
    status,
    code,
  })),
  ...hostileImages.map(({ name, bytes, code, status }) => ({
    name: `${name}, uploaded as photo.jpg`,
    rest: upload(bytes),
    status,
    code,
  })),
  {
    name: 'an estimate of an input that its task would refuse',
    ...estimate('embed', { text: ['a', ''] }),
    status: 422,
    code: 'request.invalid',
    issue: 'input.text[1]',
  },
  {
    name: 'an estimate of a task that there is not',
    ...estimate('sing', {}),
    status: 422,
    code: 'request.invalid',
    issue: 'task',
  },
  {
    name: 'an unknown query parameter of usage',
    rest: { method: 'GET', path: '/v1/usage?since=2026-01-01' },
    status: 422,
    code: 'request.invalid',
    issue: 'since',
  },
  ...['a\u0000b', 'TRANSLATE', "translate' or 1=1", ''].map((task) => ({
    name: `usage of the task ${JSON.stringify(task)}`,
    rest: { method: 'GET' as const, path: `/v1/usage?task=${encodeURIComponent(task)}` },
    graphql: { query: 'query ($task: String!) { usage(task: $task) { day } }', variables: { task } },
    status: 422,
    code: 'request.invalid' as const,
    issue: 'task',
  })),
  ...['0000-01-01', '1999-12-31', '9999-12-31', '2026-02-30', 'today'].map((day) => ({
    name: `usage until ${day}`,
    rest: { method: 'GET' as const, path: `/v1/usage?to=${day}` },
    graphql: { query: `{ usage(to: "${day}") { day } }` },
    status: 422,
    code: 'request.invalid' as const,
    issue: 'to',
  })),
  {
    name: 'a usage range that runs backwards',
    rest: { method: 'GET', path: '/v1/usage?from=2026-02-02&to=2026-01-01' },
    graphql: { query: '{ usage(from: "2026-02-02", to: "2026-01-01") { day } }' },
    sdk: (client) => client.usage({ from: '2026-02-02', to: '2026-01-01' }),
    status: 422,
    code: 'request.invalid',
    issue: 'from',
  },
];

const headers: ApiCase[] = [
  ...['0', '-5', '1.5', 'soon', ''].map((value) => ({
    name: `a deadline of "${value}"`,
    rest: { ...hello.rest, headers: { 'x-deadline-ms': value } },
    graphql: { ...hello.graphql, headers: { 'x-deadline-ms': value } },
    status: 422,
    graphqlStatus: 422,
    code: 'request.invalid' as const,
    issue: 'X-Deadline-Ms',
  })),
  {
    name: 'an idempotency key with a space',
    rest: { ...hello.rest, headers: { 'idempotency-key': 'a b' } },
    graphql: { ...hello.graphql, headers: { 'idempotency-key': 'a b' } },
    sdk: (client) => client.translate(good, { idempotencyKey: 'a b' }),
    status: 422,
    graphqlStatus: 422,
    code: 'request.invalid',
    issue: 'Idempotency-Key',
  },
  {
    name: 'a deadline longer than the task allows is capped',
    rest: { ...hello.rest, headers: { 'x-deadline-ms': '99999999' } },
    sdk: (client) => client.translate(good, { deadlineMs: 99_999_999 }),
    status: 200,
  },
];

const json = { 'content-type': 'application/json' };
const noise = Buffer.from(
  Array.from({ length: 7_500_000 }, (_, i) => Math.imul(i, 2_654_435_761) >>> 24),
).toString('base64');
const bodies: ApiCase[] = [
  ...Object.entries({
    'truncated JSON': '{"text": "a", "targ',
    'JSON with a trailing comma': '{"text": "a", "target": "pt",}',
    'an empty body': '',
    'a body of spaces': '   ',
    'prototype poisoning': '{"text": "a", "target": "pt", "__proto__": {"x": 1}}',
    'constructor poisoning': '{"text": "a", "target": "pt", "constructor": {"prototype": {"x": 1}}}',
    'broken UTF-8': Buffer.from([0x7b, 0x22, 0xff, 0xfe, 0x22, 0x7d]),
  }).map(([name, body]) => ({
    name,
    rest: { path: '/v1/translate', body, headers: json },
    graphql: { raw: body },
    status: 400,
    graphqlStatus: 400,
    code: 'request.malformed' as const,
  })),
  ...['text/plain', 'application/x-www-form-urlencoded', 'application/xml', 'nonsense', '*/*'].map(
    (type) => ({
      name: `a body of type ${type}`,
      rest: { path: '/v1/translate', body: 'text=a', headers: { 'content-type': type } },
      graphql: { raw: 'text=a', headers: { 'content-type': type } },
      status: 415,
      graphqlStatus: 415,
      code: 'request.unsupported_media_type' as const,
    }),
  ),
  {
    name: 'a compressed body',
    rest: { path: '/v1/translate', body: gzipSync('{}'), headers: { ...json, 'content-encoding': 'gzip' } },
    graphql: { raw: gzipSync('{}'), headers: { 'content-encoding': 'gzip' } },
    status: 415,
    graphqlStatus: 415,
    code: 'request.unsupported_media_type',
  },
  {
    name: 'a form where no file is taken',
    rest: {
      path: '/v1/translate',
      body: '--x\r\ncontent-disposition: form-data; name="text"\r\n\r\na\r\n--x--\r\n',
      headers: { 'content-type': 'multipart/form-data; boundary=x' },
    },
    status: 415,
    code: 'request.unsupported_media_type',
  },
  {
    name: 'a body beyond the limit',
    rest: {
      path: '/v1/translate',
      body: JSON.stringify({ text: 'a'.repeat(3_000_000), target: 'pt' }),
      headers: json,
    },
    status: 413,
    code: 'request.too_large',
  },
  {
    name: '10 MB of base64 noise as text',
    rest: {
      path: '/v1/answer',
      body: JSON.stringify({ question: 'What?', context: noise }),
      headers: json,
    },
    status: 413,
    code: 'request.too_large',
  },
  {
    // Images make room for it: the body is read, and the text refused by its own limit.
    name: '10 MB of base64 noise as text',
    graphql: { query: answerQuery, variables: { question: 'What?', context: [noise] } },
    status: 422,
    code: 'request.invalid',
    body: { limit: { value: 65_536 } },
  },
  {
    name: '20 MB of base64 noise as an image',
    ...classify({ image: noise + noise }),
    status: 413,
    graphqlStatus: 413,
    code: 'request.too_large',
  },
];

const routes: ApiCase[] = [
  {
    name: 'an unknown path',
    rest: { method: 'GET', path: '/v1/nothing' },
    status: 404,
    code: 'resource.not_found',
  },
  {
    name: 'a malformed path',
    rest: { method: 'GET', path: '/v1/%zz' },
    status: 400,
    code: 'request.malformed',
  },
  ...(['GET', 'PUT', 'DELETE', 'OPTIONS'] as const).map((method) => ({
    name: `${method} where POST is meant`,
    rest: { method, path: '/v1/translate' },
    status: 405,
    code: 'route.method_not_allowed' as const,
  })),
  ...['/docs/static/%00', '/docs/static/%2e%2e%2f%2e%2e%2fpackage.json', '/docs/static/nothing.js'].map(
    (path) => ({
      name: `${path}, which is no file of the reference`,
      rest: { method: 'GET' as const, path },
      status: 404,
      code: 'resource.not_found' as const,
    }),
  ),
  ...['/v1/jobs/job%00', '/v1/jobs/job%00/results'].map((path) => ({
    name: `${path}, which names nothing: no database holds NUL`,
    rest: { method: 'GET' as const, path },
    status: 404,
    code: 'resource.not_found' as const,
  })),
  {
    name: 'a job whose id holds NUL',
    graphql: { query: '{ job(id: "job\\u0000") { id } }' },
    status: 422,
    code: 'request.invalid',
  },
  {
    name: 'GET /graphql',
    rest: { method: 'GET', path: '/graphql?query=%7Blimits%7Bname%7D%7D' },
    status: 405,
  },
];

export const apiCases: readonly ApiCase[] = [
  ...answered,
  ...keys,
  ...invalid,
  ...headers,
  ...bodies,
  ...routes,
];

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
          rle: { size: [2, 4], counts: any },
          polygons: [[1, 0, 3, 0, 3, 1, 1, 1]],
        },
      ],
      classes: [{ label: 'nucleus', regions: 1, area: 2, areaPercent: 25 }],
      requestId: any,
      model: any,
      usage: { unit: 'images', amount: 1 },
    },
  },
];
