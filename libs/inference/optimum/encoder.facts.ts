import { HuggingFaceTokenizer } from '../tokenizers/huggingface.tokenizer.js';
import { WordPieceTokenizer } from '../tokenizers/wordpiece.tokenizer.js';
import type { DerivedSpec, TokenizerSpec } from '../models/manifest.js';
import { describeGraph, textMeaning } from './describe-graph.js';
import type { FoundGraph } from './inspect-graphs.js';
import type { ModelFacts, ModelSources } from './model-facts.js';
import type { Settings } from './read-settings.js';
import { UnsupportedModelError } from './unsupported-model.error.js';

const windows = { maxTokens: 384, stride: 128, maxAnswerTokens: 30, maxQuestionTokens: 64 };
const defaultPositions = 512;
/** RoBERTa's family counts positions from behind its padding token. */
const positionsOffset = 2;

/** A model that turns a text into a vector. @throws UnsupportedModelError */
export function embedFacts({ settings, graphs }: ModelSources): ModelFacts {
  const main = mainGraph(graphs);
  const limit = Math.min(maxTokensOf(settings), settings.sentence?.max_seq_length ?? Infinity);
  return {
    runner: 'single-pass',
    graphs: { main: describeText(main, settings) },
    tokenizer: wordPiece(settings) ?? anyTokenizer(settings),
    limits: { maxTokens: limit },
    derived: pooling(main, settings),
    notes: [],
  };
}

/** A model that finds the answer in a text. @throws UnsupportedModelError */
export function answerFacts({ settings, graphs }: ModelSources): ModelFacts {
  const main = mainGraph(graphs);
  for (const name of ['start_logits', 'end_logits'])
    if (!main.outputs.some((output) => output.name === name))
      throw new UnsupportedModelError(`its graph has no ${name}: it is not a question-answering model`);
  const tokenizer = wordPiece(settings);
  if (tokenizer === undefined)
    throw new UnsupportedModelError(
      'its tokenizer is not uncased WordPiece; answers are cut out of the text by token offsets, which other kinds do not give',
    );
  const maxTokens = maxTokensOf(settings);
  const window = Math.min(windows.maxTokens, maxTokens);
  return {
    runner: 'single-pass',
    graphs: { main: describeText(main, settings) },
    tokenizer,
    limits: { maxTokens },
    windows: {
      ...windows,
      maxTokens: window,
      stride: Math.min(windows.stride, Math.floor(window / 3)),
      maxQuestionTokens: Math.min(windows.maxQuestionTokens, Math.floor(window / 3)),
    },
    noAnswer: { slope: 1, intercept: 0 },
    notes: ['its noAnswerScore is not calibrated'],
  };
}

function mainGraph(graphs: ModelSources['graphs']): FoundGraph {
  const { main } = graphs;
  if (main === undefined)
    throw new UnsupportedModelError('this task needs a model of one graph, onnx/model.onnx');
  return main;
}

function describeText(main: FoundGraph, { config }: Settings) {
  const known = ['input_ids', 'attention_mask', 'token_type_ids'];
  const unknown = main.inputs.find(({ name }) => !known.includes(name));
  if (unknown !== undefined)
    throw new UnsupportedModelError(`its graph wants ${unknown.name}, which no text gives`);
  return describeGraph(main, textMeaning, {
    input_ids: { pad: config.pad_token_id ?? 0 },
    attention_mask: { pad: 0 },
    token_type_ids: { pad: 0, absent: 0 },
  });
}

function maxTokensOf({ config }: Settings): number {
  const positions = config.max_position_embeddings ?? config.n_positions ?? defaultPositions;
  const offset = /roberta|camembert|mpnet/.test(config.model_type) ? positionsOffset : 0;
  return positions - offset;
}

/** A ready-made sentence vector if the graph gives one, else what the repository says of pooling; the mean if nothing. */
function pooling({ outputs }: FoundGraph, settings: Settings): DerivedSpec {
  const gives = (name: string) => outputs.some((output) => output.name === name);
  const common = { to: 'embedding', unitLength: true };
  if (gives('sentence_embedding')) return { how: 'as-is', from: 'sentence_embedding', ...common };
  const from = ['last_hidden_state', 'token_embeddings'].find(gives);
  if (from === undefined)
    throw new UnsupportedModelError(
      'its graph gives no last_hidden_state: it is not a feature-extraction model',
    );
  const first = settings.pooling?.pooling_mode_cls_token === true;
  return { how: first ? 'first-token' : 'mean-pool', from, ...common };
}

/** Our own WordPiece, which is faster and knows offsets, where the file is what it stands for. */
function wordPiece({ tokenizer }: Settings): TokenizerSpec | undefined {
  try {
    const library = new HuggingFaceTokenizer(tokenizer);
    const id = (token: string) => library.idOf(token) ?? NaN;
    const ids = { clsTokenId: id('[CLS]'), sepTokenId: id('[SEP]'), padTokenId: id('[PAD]') };
    new WordPieceTokenizer(tokenizer, ids);
    const spec = { ...ids, unkTokenId: id('[UNK]') };
    if (Object.values(spec).some(Number.isNaN)) return undefined;
    return { kind: 'wordpiece', file: 'tokenizer.json', lowercase: true, ...spec };
  } catch {
    return undefined;
  }
}

function anyTokenizer({ tokenizer }: Settings): TokenizerSpec {
  if (tokenizer === undefined) throw new UnsupportedModelError('it has no tokenizer.json');
  const { before, after } = new HuggingFaceTokenizer(tokenizer).frame();
  const [clsTokenId, ...moreBefore] = before;
  const [sepTokenId, ...moreAfter] = after;
  if (clsTokenId === undefined || sepTokenId === undefined || moreBefore.length + moreAfter.length > 0)
    throw new UnsupportedModelError('its tokenizer does not put one token before and one after a text');
  return { kind: 'huggingface', file: 'tokenizer.json', clsTokenId, sepTokenId };
}
