import { loadTokenizer, type ModelCatalogue, type ModelHandle } from '#inference';
import { AppError } from '#kernel';
import { definePipeline, type ItemRun } from '../pipeline.js';
import { inOrderOfPreference } from '../preferred-model.js';
import { translate } from './contract.js';
import { detectSource } from './detect-source.js';
import { SentenceTranslator } from './sentence-translator.js';
import { splitSentences } from './split-sentences.js';

/** Directions by target, then source, both primary subtags. */
type Directions = Map<string, Map<string, SentenceTranslator>>;

export const translatePipeline = definePipeline(translate, async (models) => {
  const directions = await loadDirections(models);
  const pairs = models
    .forTask('translate')
    .map(({ manifest }) => `${manifest.languages?.source ?? ''}-${manifest.languages?.target ?? ''}`);
  return async ({ text, source, target }, run) => {
    const bySource = directions.get(primary(target));
    if (bySource === undefined) throw unsupported(source, target, pairs);
    const detected =
      source === 'auto' ? detectSource(text, [...bySource.keys()], primary(target)) : undefined;
    const translator = bySource.get(detected ?? primary(source));
    if (translator === undefined) throw unsupported(source, target, pairs);
    const translated = await translateText(text, translator, run);
    return {
      output: { text: translated, ...(detected !== undefined && { detectedSource: detected }) },
      model: translator.model.ref,
    };
  };
});

async function loadDirections(models: ModelCatalogue): Promise<Directions> {
  const directions: Directions = new Map();
  for (const model of inOrderOfPreference(models.forTask('translate'))) {
    const { source, target } = languagesOf(model);
    const tokenizer = await loadTokenizer(model);
    const bySource = directions.get(target) ?? new Map<string, SentenceTranslator>();
    if (bySource.has(source)) continue;
    directions.set(target, bySource.set(source, new SentenceTranslator(model, tokenizer, source)));
  }
  return directions;
}

async function translateText(text: string, translator: SentenceTranslator, run: ItemRun): Promise<string> {
  const pieces = splitSentences(text, translator.language);
  const translated = pieces.map((piece) =>
    piece.kind === 'sentence' ? translator.translate(piece.text, run) : Promise.resolve(piece.text),
  );
  return (await Promise.all(translated)).join('');
}

function languagesOf(model: ModelHandle): { source: string; target: string } {
  const { languages } = model.manifest;
  if (languages === undefined)
    throw new Error(`${model.ref} serves translate but its manifest names no languages`);
  return languages;
}

function primary(tag: string): string {
  return tag.split('-', 1)[0]?.toLowerCase() ?? tag;
}

function unsupported(source: string, target: string, supported: string[]): AppError {
  return new AppError('language.unsupported', {
    detail: `There is no model from \`${source}\` to \`${target}\`; pairs: ${supported.join(', ')}`,
    supported,
  });
}
