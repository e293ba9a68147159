import type {
  AnswerInput,
  ClassifyImageInput,
  DetectObjectsInput,
  EmbedInput,
  EstimateInput,
  Inferway,
  SegmentImageInput,
  TranslateInput,
} from '#sdk';
import type { RestRequest } from './api-case.js';

export const translateQuery = `query ($text: [String!]!, $source: String, $target: String!) {
  translate(text: $text, source: $source, target: $target) { translations { text error { code } } requestId model usage { unit amount } }
}`;
const embedQuery = 'query ($text: [String!]!) { embed(text: $text) { embeddings errors { index code } } }';
export const answerQuery = `query ($question: String!, $context: [String!]!, $topK: Int) {
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

export const translate = (input: TranslateInput) => ({
  rest: { path: '/v1/translate', body: input },
  graphql: { query: translateQuery, variables: { ...input } },
  sdk: (client: Inferway) => client.translate(input),
});
export const embed = (input: EmbedInput) => ({
  rest: { path: '/v1/embed', body: input },
  graphql: { query: embedQuery, variables: { ...input } },
  sdk: (client: Inferway) => client.embed(input),
});
export const answer = (input: AnswerInput) => ({
  rest: { path: '/v1/answer', body: input },
  graphql: { query: answerQuery, variables: { ...input } },
  sdk: (client: Inferway) => client.answer(input),
});
export const classify = (input: ClassifyImageInput) => ({
  rest: { path: '/v1/images/classify', body: input },
  graphql: { query: classifyQuery, variables: { ...input } },
  sdk: (client: Inferway) => client.classifyImage(input),
});
export const detect = (input: DetectObjectsInput) => ({
  rest: { path: '/v1/images/detect', body: input },
  graphql: { query: detectQuery, variables: { ...input } },
  sdk: (client: Inferway) => client.detectObjects(input),
});
export const segment = (input: SegmentImageInput) => ({
  rest: { path: '/v1/images/segment', body: input },
  graphql: { query: segmentQuery, variables: { ...input } },
  sdk: (client: Inferway) => client.segmentImage(input),
});

/** A multipart body with one file, named and typed as a photo whatever it holds. */
export function upload(bytes: Buffer): RestRequest {
  const head =
    '--x\r\ncontent-disposition: form-data; name="image"; filename="photo.jpg"\r\ncontent-type: image/jpeg\r\n\r\n';
  return {
    path: '/v1/images/classify',
    body: Buffer.concat([Buffer.from(head), bytes, Buffer.from('\r\n--x--\r\n')]),
    headers: { 'content-type': 'multipart/form-data; boundary=x' },
  };
}

const estimateQuery = `query ($task: String!, $input: JSON, $video: PlannedVideoInput) {
  estimate(task: $task, input: $input, video: $video) { task items usage { unit amount } admitted refusal { code } limits { name remaining } requestId }
}`;
export const estimate = (task: string, input: Record<string, unknown>) => ({
  rest: { path: '/v1/estimate', body: { task, input } },
  graphql: { query: estimateQuery, variables: { task, input } },
  sdk: (client: Inferway) => client.estimate({ task, input }),
});

/** @param video what is known of a video that is not there yet. */
export const estimateVideo = (video: NonNullable<EstimateInput['video']>, task = 'detect-objects') => ({
  rest: { path: '/v1/estimate', body: { task, video } },
  graphql: { query: estimateQuery, variables: { task, video } },
  sdk: (client: Inferway) => client.estimate({ task, video }),
});

export const good: TranslateInput = { text: 'Good morning', source: 'en', target: 'pt' };
export const hello = translate(good);
