import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { UnsupportedModelError } from './unsupported-model.error.js';

const id = z.int().nonnegative();
const oneOrMany = z.union([id, z.array(id).min(1)]).nullish();
const three = z.tuple([z.number(), z.number(), z.number()]);
const side = z.union([
  z.int().positive(),
  z.object({ height: z.int().positive(), width: z.int().positive() }),
  z.object({ shortest_edge: z.int().positive() }),
]);

/** What generation needs; `generation_config.json` has it, in older repositories `config.json`. */
const generation = {
  decoder_start_token_id: id.nullish(),
  eos_token_id: oneOrMany,
  pad_token_id: id.nullish(),
  bad_words_ids: z.array(z.array(id)).nullish(),
  suppress_tokens: z.array(id).nullish(),
};
const config = z.looseObject({
  ...generation,
  model_type: z.string().default('unknown'),
  max_position_embeddings: z.int().positive().nullish(),
  n_positions: z.int().positive().nullish(),
  id2label: z.record(z.string(), z.string()).nullish(),
  task_specific_params: z.record(z.string(), z.looseObject({ prefix: z.string().nullish() })).nullish(),
});
const preprocessor = z.looseObject({
  size: side.nullish(),
  crop_size: side.nullish(),
  crop_pct: z.number().positive().max(1).nullish(),
  do_center_crop: z.boolean().nullish(),
  do_normalize: z.boolean().nullish(),
  rescale_factor: z.number().positive().nullish(),
  image_mean: three.nullish(),
  image_std: three.nullish(),
});
const pooling = z.looseObject({
  pooling_mode_cls_token: z.boolean().nullish(),
  pooling_mode_mean_tokens: z.boolean().nullish(),
});
const sentence = z.looseObject({ max_seq_length: z.int().positive().nullish() });

/** A repository's settings; files that it need not have are undefined. */
export interface Settings {
  config: z.infer<typeof config>;
  generation: z.infer<z.ZodObject<typeof generation>>;
  preprocessor: z.infer<typeof preprocessor> | undefined;
  pooling: z.infer<typeof pooling> | undefined;
  sentence: z.infer<typeof sentence> | undefined;
  /** Parsed `tokenizer.json`. */
  tokenizer: unknown;
}

/** Reads the settings out of a folder that holds them under their flat names. @throws UnsupportedModelError */
export async function readSettings(folder: string): Promise<Settings> {
  const main = await parse(folder, 'config.json', config);
  if (main === undefined) throw new UnsupportedModelError('it has no config.json');
  const own = await parse(folder, 'generation_config.json', z.looseObject(generation));
  const given = Object.fromEntries(
    Object.entries(own ?? {}).filter(([, value]) => value !== null && value !== undefined),
  );
  return {
    config: main,
    generation: { ...main, ...given },
    preprocessor: await parse(folder, 'preprocessor_config.json', preprocessor),
    pooling: await parse(folder, '1_Pooling-config.json', pooling),
    sentence: await parse(folder, 'sentence_bert_config.json', sentence),
    tokenizer: await parse(folder, 'tokenizer.json', z.unknown()),
  };
}

async function parse<T>(folder: string, name: string, schema: z.ZodType<T>): Promise<T | undefined> {
  const text = await readFile(join(folder, name), 'utf8').catch(() => undefined);
  if (text === undefined) return undefined;
  let content: unknown;
  try {
    content = JSON.parse(text);
  } catch {
    throw new UnsupportedModelError(`its ${name} is not JSON`);
  }
  const parsed = schema.safeParse(content);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const where = issue === undefined ? '' : `${z.core.toDotPath(issue.path)}: ${issue.message}`;
  throw new UnsupportedModelError(`its ${name} is not as expected (${where})`);
}
