import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { TokenizerSpec } from '../models/manifest.js';
import type { ModelHandle } from '../models/model-catalogue.js';
import { HuggingFaceTokenizer } from './huggingface.tokenizer.js';
import type { OffsetTokenizer, Tokenizer } from './tokenizer.js';
import { UnigramTokenizer } from './unigram.tokenizer.js';
import { WordPieceTokenizer } from './wordpiece.tokenizer.js';

/** A tokenizer and the special tokens that stand around a text of which an encoder makes a vector. */
export interface LoadedEncoderTokenizer {
  tokenizer: Tokenizer;
  clsTokenId: number;
  sepTokenId: number;
}

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

/** The tokenizer of a model that reads or writes sentences. @throws at boot when its file is not one of its kind. */
export async function loadTokenizer(model: ModelHandle): Promise<Tokenizer> {
  const spec = specOf(model);
  const file = await readJson(model, spec);
  switch (spec.kind) {
    case 'unigram':
      return new UnigramTokenizer(file, spec);
    case 'wordpiece':
      return new WordPieceTokenizer(file, spec);
    case 'huggingface':
      return new HuggingFaceTokenizer(file);
  }
}

/** The tokenizer of a model that reads one text at a time. @throws at boot, also when no special tokens are named. */
export async function loadEncoderTokenizer(model: ModelHandle): Promise<LoadedEncoderTokenizer> {
  const spec = specOf(model);
  if (spec.kind === 'unigram' || spec.clsTokenId === undefined || spec.sepTokenId === undefined)
    throw new Error(`${model.ref} names no clsTokenId and sepTokenId for its ${spec.kind} tokenizer`);
  const { clsTokenId, sepTokenId } = spec;
  return { tokenizer: await loadTokenizer(model), clsTokenId, sepTokenId };
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
