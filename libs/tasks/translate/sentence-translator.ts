import type { ModelHandle, Tokenizer } from '#inference';
import type { ItemRun } from '../pipeline.js';
import type { Reader } from './find-spans.js';
import { keepsNumbers } from './keeps-numbers.js';
import { normaliseSentence } from './normalise-sentence.js';
import { protectSpans, type ProtectedSentence } from './protect-spans.js';
import { readableCapitals } from './readable-capitals.js';
import { halve } from './split-tokens.js';

/** Longest sentence given to the model whole; the models were trained on shorter ones, and cost grows with length. */
const maxSentenceTokens = 128;

/** Translates single sentences in one direction. */
export class SentenceTranslator {
  private readonly eosTokenId: number;
  private readonly prefixIds: readonly number[];
  private readonly maxTokens: number;
  private readonly countPieces = (word: string) => this.tokenizer.encode(word).length;
  private readonly canRead = (word: string) => this.tokenizer.canRead(word);
  private readonly reader: Reader;

  constructor(
    readonly model: ModelHandle,
    private readonly tokenizer: Tokenizer,
    /** Primary subtag of the source. */
    readonly language: string,
  ) {
    this.reader = {
      canRead: (word) => this.canRead(readableCapitals(word, this.canRead).text),
      isLatin: isWrittenInLatin(language),
    };
    const { eosTokenId = 0, sourcePrefixIds = [] } = model.manifest.decoding ?? {};
    this.eosTokenId = eosTokenId;
    this.prefixIds = sourcePrefixIds;
    const room = (model.manifest.limits.maxTokens ?? Infinity) - sourcePrefixIds.length;
    this.maxTokens = Math.min(maxSentenceTokens, room);
  }

  async translate(sentence: string, run: ItemRun): Promise<string> {
    const normalised = normaliseSentence(sentence, this.countPieces);
    return normalised.restore(await this.keepSpans(normalised.text, run));
  }

  /** Spans and numbers come out as they went in; each fallback costs another run and is rare. */
  private async keepSpans(sentence: string, run: ItemRun): Promise<string> {
    const guarded = protectSpans(sentence, this.reader);
    if (guarded.pieces.every(({ text, keep }) => keep || !/\p{L}/u.test(text))) return sentence;
    const translated = guarded.restore(await this.decode(guarded.text, run));
    if (translated !== undefined && keepsNumbers(sentence, translated)) return translated;
    const strict = protectSpans(sentence, this.reader, true);
    return strict.restore(await this.decode(strict.text, run)) ?? this.translateAround(strict, run);
  }

  /** The last resort: spans stay in place and only what stands between them is translated. */
  private async translateAround({ pieces }: ProtectedSentence, run: ItemRun): Promise<string> {
    const parts = pieces.map(async ({ text, keep }) => {
      if (keep || !/\p{L}/u.test(text)) return text;
      const core = text.trim();
      const translated = await this.decode(core, run);
      return text.replace(core, () => translated);
    });
    return (await Promise.all(parts)).join('');
  }

  private async decode(sentence: string, run: ItemRun): Promise<string> {
    if (!/\p{L}/u.test(sentence)) return sentence;
    const { text, restore } = readableCapitals(sentence, this.canRead);
    const ids = this.tokenizer.encode(text);
    if (ids.length >= this.maxTokens && sentence.length > 1) {
      const [left, right] = halve(sentence);
      const gap = left.slice(left.trimEnd().length);
      const halves = [left, right].map((half) => this.decode(half.trim(), run));
      return (await Promise.all(halves)).join(gap);
    }
    const input = Int32Array.of(...this.prefixIds, ...ids, this.eosTokenId);
    const { output_ids: output } = await run.infer(this.model, { input_ids: input });
    return restore(this.tokenizer.decode(output ?? new Int32Array()));
  }
}

/** False for what is no tag of a language: a model from elsewhere may have a name of its own for it. */
function isWrittenInLatin(language: string): boolean {
  try {
    return new Intl.Locale(language).maximize().script === 'Latn';
  } catch {
    return false;
  }
}
