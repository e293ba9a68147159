import { loadWordPiece, type ModelHandle, type TokensWithOffsets } from '#inference';
import { preferredModel } from '../preferred-model.js';
import { definePipeline, type ItemRun } from '../pipeline.js';
import { answer } from './contract.js';
import {
  selectSpans,
  withoutOverlap,
  type IsWord,
  type Span,
  type SpanSelection,
  type WindowLogits,
} from './select-spans.js';
import { cutWindows, type Window, type WindowSpec } from './windows.js';

export const answerPipeline = definePipeline(answer, async (models) => {
  const model = preferredModel(models, 'answer');
  const { windows: windowSpec, noAnswer } = model.manifest;
  if (windowSpec === undefined || noAnswer === undefined) {
    throw new Error(`${model.ref} answers questions but its manifest lacks \`windows\` or \`noAnswer\``);
  }
  const { tokenizer, clsTokenId, sepTokenId } = await loadWordPiece(model);
  const spec: WindowSpec = { ...windowSpec, clsTokenId, sepTokenId };
  return async ({ question, contexts, topK }, run) => {
    const tokenised = contexts.map((context) => tokenizer.encodeWithOffsets(context));
    const windows = cutWindows(tokenizer.encode(question), tokenised, spec);
    const read = await Promise.all(windows.map((window) => readWindow(model, window, run)));
    const isWord = wordsOf(contexts, tokenised);
    const selection = selectSpans(read, windowSpec.maxAnswerTokens, isWord);
    const noAnswerScore = noAnswerProbability(selection, noAnswer);
    const spans = withoutOverlap(selection.spans, topK);
    const answers = spans.map((span) => toAnswer(span, contexts, tokenised, selection, 1 - noAnswerScore));
    return { output: { answers, noAnswerScore }, model: model.ref };
  };
});

async function readWindow(model: ModelHandle, window: Window, run: ItemRun): Promise<WindowLogits> {
  const outputs = await run.infer(model, { input_ids: window.inputIds, token_type_ids: window.tokenTypeIds });
  const { start_logits: start, end_logits: end } = outputs;
  if (!(start instanceof Float32Array && end instanceof Float32Array)) {
    throw new Error(`${model.ref} must give start_logits and end_logits`);
  }
  return { window, start, end };
}

/** Of any script; signs that hold neither, such as a full stop or a lone "£", are none. */
const letterOrFigure = /[\p{L}\p{N}]/u;

function wordsOf(contexts: readonly string[], tokenised: readonly TokensWithOffsets[]): IsWord {
  return (contextIndex, token) => {
    const { starts, ends } = tokenised[contextIndex] ?? {};
    return letterOrFigure.test(contexts[contextIndex]?.slice(starts?.[token], ends?.[token]) ?? '');
  };
}

/** Platt scaling of (null logit − best span's logit); the manifest holds the fit and the data it was made on. */
function noAnswerProbability(
  { spans, nullLogit }: SpanSelection,
  { slope, intercept }: { slope: number; intercept: number },
): number {
  const best = spans[0];
  if (best === undefined) return 1;
  return 1 / (1 + Math.exp(-(slope * (nullLogit - best.logit) + intercept)));
}

/** `score` = P(there is an answer) · P(it is this span | there is one). */
function toAnswer(
  span: Span,
  contexts: readonly string[],
  tokenised: readonly TokensWithOffsets[],
  { logTotal }: SpanSelection,
  answerable: number,
) {
  const { contextIndex } = span;
  const tokens = tokenised[contextIndex];
  const start = tokens?.starts[span.firstToken] ?? 0;
  const end = tokens?.ends[span.lastToken] ?? start;
  const text = contexts[contextIndex]?.slice(start, end) ?? '';
  return { text, score: Math.min(1, answerable * Math.exp(span.logit - logTotal)), contextIndex, start, end };
}
