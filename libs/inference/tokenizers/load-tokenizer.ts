import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { TokenizerSpec } from '../models/manifest.js';
import type { ModelHandle } from '../models/model-catalogue.js';
import type { OffsetTokenizer, Tokenizer } from './tokenizer.js';
import { UnigramTokenizer } from './unigram.tokenizer.js';
import { WordPieceTokenizer } from './wordpiece.tokenizer.js';

/** A WordPiece tokenizer and the special tokens that pipelines put around its text. */
export interface LoadedWordPiece {
  tokenizer: OffsetTokenizer;
  clsTokenId: number;
  sepTokenId: number;
}

/** The tokenizer of a translation model. @throws at boot when the model has another kind, or its file is not one. */
export async function loadUnigram(model: ModelHandle): Promise<Tokenizer> {
  const spec = specOf(model);
  if (spec.kind !== 'unigram') throw new Error(`${model.ref} has a ${spec.kind} tokenizer, not unigram`);
  return new UnigramTokenizer(await readJson(model, spec), spec);
}

/** The tokenizer of a BERT model. @throws at boot when the model has another kind, or its file is not one. */
export async function loadWordPiece(model: ModelHandle): Promise<LoadedWordPiece> {
  const spec = specOf(model);
  if (spec.kind !== 'wordpiece') throw new Error(`${model.ref} has a ${spec.kind} tokenizer, not wordpiece`);
  const { clsTokenId, sepTokenId } = spec;
  return { tokenizer: new WordPieceTokenizer(await readJson(model, spec), spec), clsTokenId, sepTokenId };
}

function specOf({ ref, manifest }: ModelHandle): TokenizerSpec {
  if (manifest.tokenizer === undefined) throw new Error(`${ref} has no tokenizer`);
  return manifest.tokenizer;
}

async function readJson({ directory }: ModelHandle, { file }: TokenizerSpec): Promise<unknown> {
  return JSON.parse(await readFile(join(directory, file), 'utf8'));
}
