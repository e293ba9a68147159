import { z } from 'zod';

/** A file name inside the model's own folder: no separators, no `..`, nothing hidden. */
const fileName = z.string().regex(/^[A-Za-z0-9_-][A-Za-z0-9._-]*$/, { error: 'must be a plain file name' });
const sha256 = z.string().regex(/^[0-9a-f]{64}$/, { error: 'must be a sha256 in lower-case hex' });

const tensor = z.strictObject({
  name: z.string().min(1),
  dtype: z.enum(['float32', 'int32', 'int64', 'int8', 'uint8']),
  /** `batch` comes first; `sequence` is the one dimension that varies from row to row. */
  dims: z.array(z.union([z.literal('batch'), z.literal('sequence'), z.int().positive()])).min(1),
  /** What fills the `sequence` dimension past a row's own length. */
  pad: z.number().optional(),
});
export type TensorSpec = z.infer<typeof tensor>;

const graph = z.strictObject({ inputs: z.array(tensor).min(1), outputs: z.array(tensor).min(1) });
export type GraphSpec = z.infer<typeof graph>;

const tokenId = z.int().nonnegative();
const tokenizer = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('unigram'),
    file: fileName,
    eosTokenId: tokenId.optional(),
    unkTokenId: tokenId,
  }),
  z.strictObject({
    kind: z.literal('wordpiece'),
    file: fileName,
    clsTokenId: tokenId,
    sepTokenId: tokenId,
    padTokenId: tokenId,
    unkTokenId: tokenId,
    lowercase: z.boolean().optional(),
  }),
]);
export type TokenizerSpec = z.infer<typeof tokenizer>;

const image = z.strictObject({
  width: z.int().positive(),
  height: z.int().positive(),
  resize: z.enum(['centre-crop']),
  cropFraction: z.number().positive().max(1),
  interpolation: z.enum(['bicubic']),
});
export type ImageSpec = z.infer<typeof image>;

const batching = z.strictObject({
  /** Where the curve was measured; absolute figures mean little elsewhere, ratios do. */
  machine: z.string(),
  threads: z.int().positive(),
  curve: z.array(z.record(z.string(), z.number())),
  maxBatch: z.int().positive(),
});

const shape = z.strictObject({
  schemaVersion: z.literal(1),
  name: z.string().regex(/^[a-z0-9][a-z0-9-]*$/),
  revision: z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]*$/),
  task: z.string().min(1),
  description: z.string(),
  runner: z.enum(['encoder-decoder', 'single-pass']),
  languages: z.strictObject({ source: z.string(), target: z.string() }).optional(),
  files: z.record(fileName, z.strictObject({ sha256, bytes: z.int().nonnegative() })),
  /** One set of graph files per execution provider: fast int8 graphs use operators that CUDA lacks. */
  variants: z.record(
    z.string(),
    z.strictObject({ precision: z.string(), graphs: z.record(z.string(), fileName) }),
  ),
  graphs: z.record(z.string(), graph),
  tokenizer: tokenizer.optional(),
  labels: fileName.optional(),
  image: image.optional(),
  limits: z.strictObject({ maxTokens: z.int().positive().optional() }),
  windows: z
    .strictObject({
      maxTokens: z.int().positive(),
      /** Tokens that neighbouring windows share. */
      stride: z.int().positive(),
      maxAnswerTokens: z.int().positive(),
      maxQuestionTokens: z.int().positive(),
    })
    .optional(),
  /** P(no answer) = 1 / (1 + exp(-(slope · (null logit − best span's logit) + intercept))). */
  noAnswer: z.strictObject({ slope: z.number(), intercept: z.number() }).optional(),
  decoding: z
    .strictObject({
      /** Output length limit as a multiple of source tokens. */
      maxLengthFactor: z.number().positive(),
      startTokenId: z.int(),
      eosTokenId: tokenId,
    })
    .optional(),
  batching,
  quality: z.array(z.record(z.string(), z.unknown())),
  licence: z.strictObject({ spdx: z.string(), notice: z.string() }),
  provenance: z.record(z.string(), z.unknown()),
});

const rolesOf = { 'encoder-decoder': ['decoderStep', 'encoder'], 'single-pass': ['main'] } as const;

/** `manifest.json` of a model folder. Strict: an unknown field is a misspelling until this schema knows it. */
export const manifestSchema = shape.superRefine((manifest, context) => {
  const roles = rolesOf[manifest.runner].join(', ');
  const report = (path: string[], message: string) => {
    context.addIssue({ code: 'custom', path, message });
  };
  const mustBeListed = (path: string[], file: string | undefined) => {
    if (file !== undefined && !Object.hasOwn(manifest.files, file)) report(path, `no file ${file} in files`);
  };
  if (Object.keys(manifest.graphs).sort().join(', ') !== roles) report(['graphs'], `must be ${roles}`);
  if (!Object.hasOwn(manifest.variants, 'cpu')) report(['variants'], 'there is no cpu variant');
  for (const [name, variant] of Object.entries(manifest.variants)) {
    if (Object.keys(variant.graphs).sort().join(', ') !== roles)
      report(['variants', name, 'graphs'], `must be ${roles}`);
    for (const [role, file] of Object.entries(variant.graphs)) mustBeListed(['variants', name, role], file);
  }
  for (const [role, { inputs, outputs }] of Object.entries(manifest.graphs))
    for (const { name, dims } of [...inputs, ...outputs])
      if (dims.indexOf('batch') !== 0 || dims.lastIndexOf('batch') !== 0)
        report(['graphs', role, name], 'batch must be the first dimension, and only that');
  mustBeListed(['tokenizer', 'file'], manifest.tokenizer?.file);
  mustBeListed(['labels'], manifest.labels);
  if (manifest.runner === 'encoder-decoder' && manifest.decoding === undefined)
    report(['decoding'], 'an encoder-decoder needs it');
});

export type Manifest = z.infer<typeof manifestSchema>;
