import { HuggingFaceTokenizer } from '../tokenizers/huggingface.tokenizer.js';
import { decoderMeaning, describeGraph, textMeaning } from './describe-graph.js';
import type { ModelFacts, ModelSources } from './model-facts.js';
import type { PullOptions } from './pull-options.js';
import type { Settings } from './read-settings.js';
import { UnsupportedModelError } from './unsupported-model.error.js';

/** Architectures whose decoding is known here, beside the layout of their graphs. */
const architectures = ['marian', 'm2m_100', 'mbart', 't5', 'mt5'];
/** Those that are told the languages by a token in front of the source and one that is forced on the answer. */
const multilingual = ['m2m_100', 'mbart'];
const maxLengthFactor = 2.5;
const defaultPositions = 512;

/** An encoder-decoder that translates one pair. @throws UnsupportedModelError */
export function translateFacts({ settings, graphs, options }: ModelSources): ModelFacts {
  const { config, generation } = settings;
  const { encoder, ...decoders } = graphs;
  if (encoder === undefined) throw new UnsupportedModelError('translate needs an encoder and a decoder');
  checkTranslator(settings);
  const { languages } = options;
  if (languages === undefined)
    throw new UnsupportedModelError('name the languages it is to translate: --source and --target');
  const tokenizer = openTokenizer(settings);
  const positions = config.max_position_embeddings ?? config.n_positions ?? defaultPositions;
  const [eosTokenId, ...others] = [generation.eos_token_id ?? []].flat();
  const startTokenId = generation.decoder_start_token_id;
  if (eosTokenId === undefined || others.length > 0 || typeof startTokenId !== 'number')
    throw new UnsupportedModelError(
      'its configuration names no decoder_start_token_id or not one eos_token_id',
    );
  const suppressed = suppressedTokens(settings);
  return {
    runner: 'encoder-decoder-cached',
    languages,
    graphs: {
      encoder: describeGraph(encoder, textMeaning, { input_ids: { pad: generation.pad_token_id ?? 0 } }),
      ...Object.fromEntries(
        Object.entries(decoders).map(([role, graph]) => [role, describeGraph(graph, decoderMeaning)]),
      ),
    },
    tokenizer: { kind: 'huggingface', file: 'tokenizer.json' },
    limits: { maxTokens: positions },
    decoding: {
      maxLengthFactor,
      maxTokens: positions - 1,
      startTokenId,
      eosTokenId,
      ...languageIds(tokenizer, config.model_type, options, languages),
      ...prefixIds(tokenizer, settings, options, languages),
      ...(suppressed.length > 0 && { suppressedTokenIds: suppressed }),
    },
    notes: ['it decodes greedily, whatever number of beams its configuration names'],
  };
}

/** @throws UnsupportedModelError for an architecture whose decoding is not known here */
export function checkTranslator({ config }: Settings): void {
  if (architectures.includes(config.model_type)) return;
  throw new UnsupportedModelError(
    `its architecture ${config.model_type} is not known to translate here; there are ${architectures.join(', ')}`,
  );
}

function openTokenizer({ tokenizer }: Settings): HuggingFaceTokenizer {
  if (tokenizer === undefined)
    throw new UnsupportedModelError(
      'it has no tokenizer.json (SentencePiece files alone are not read); choose a conversion that has one',
    );
  try {
    return new HuggingFaceTokenizer(tokenizer);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new UnsupportedModelError(`its tokenizer.json is of a kind that is not read here (${reason})`);
  }
}

/** Single tokens that must never be chosen; longer sequences would need a look back and are left alone. */
function suppressedTokens({ generation }: Settings): number[] {
  const single = (generation.bad_words_ids ?? []).filter(({ length }) => length === 1).flat();
  return [...new Set([...single, ...(generation.suppress_tokens ?? [])])];
}

function languageIds(
  tokenizer: HuggingFaceTokenizer,
  architecture: string,
  { languageTokens = {} }: PullOptions,
  languages: { source: string; target: string },
): { sourcePrefixIds?: number[]; forcedBosTokenId?: number } {
  const { source, target } = languageTokens;
  if (!multilingual.includes(architecture)) {
    // OPUS models of several targets take the target's token in front of the source.
    return target === undefined ? {} : { sourcePrefixIds: [tokenId(tokenizer, target)] };
  }
  return {
    sourcePrefixIds: [tokenId(tokenizer, source ?? guess(tokenizer, languages.source))],
    forcedBosTokenId: tokenId(tokenizer, target ?? guess(tokenizer, languages.target)),
  };
}

function tokenId(tokenizer: HuggingFaceTokenizer, token: string): number {
  const id = tokenizer.idOf(token);
  if (id !== undefined) return id;
  const known = tokenizer.specialTokens.slice(0, 12).join(' ');
  throw new UnsupportedModelError(
    `its tokenizer has no token ${token}; name the languages' tokens with --source-token and --target-token (it has ${known} ...)`,
  );
}

/** The spelling of a language's token: `__en__` (M2M100), `en_XX` (mBART). NLLB's `eng_Latn` must be named. */
function guess(tokenizer: HuggingFaceTokenizer, language: string): string {
  const plain = `__${language}__`;
  if (tokenizer.idOf(plain) !== undefined) return plain;
  return tokenizer.specialTokens.find((token) => new RegExp(`^${language}_[A-Z]{2}$`).test(token)) ?? plain;
}

/** T5 is told what to do in words. */
function prefixIds(
  tokenizer: HuggingFaceTokenizer,
  { config }: Settings,
  { prefix }: PullOptions,
  { source, target }: { source: string; target: string },
): { sourcePrefixIds?: number[] } {
  const words = prefix ?? config.task_specific_params?.[`translation_${source}_to_${target}`]?.prefix;
  return words === undefined || words === null ? {} : { sourcePrefixIds: [...tokenizer.encode(words)] };
}
