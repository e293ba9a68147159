import { z } from 'zod';

/** A file name inside the model's own folder: no separators, no `..`, nothing hidden. */
const fileName = z.string().regex(/^[A-Za-z0-9_-][A-Za-z0-9._-]*$/, { error: 'must be a plain file name' });
const sha256 = z.string().regex(/^[0-9a-f]{64}$/, { error: 'must be a sha256 in lower-case hex' });

/** An input or output of a graph. */
export const graphTensor = z.strictObject({
  name: z.string().min(1),
  dtype: z.enum(['float32', 'int32', 'int64', 'int8', 'uint8', 'bool']),
  /**
   * `batch` comes first; `sequence` is the one dimension that varies from row to row; `past` is the tokens decoded so
   * far, one number for all rows of a run. A `bool` is a switch for the whole run and has no batch.
   */
  dims: z.array(z.union([z.enum(['batch', 'sequence', 'past']), z.int().positive()])).min(1),
  /** What fills the `sequence` dimension past a row's own length. */
  pad: z.number().optional(),
  /** What an input holds, at every position, that a row leaves out; without it every row must give the input. */
  absent: z.number().optional(),
});
export type TensorSpec = z.infer<typeof graphTensor>;

const graph = z.strictObject({ inputs: z.array(graphTensor).min(1), outputs: z.array(graphTensor).min(1) });
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
  /** Any `tokenizer.json` that the library reads: slower than the two above, and without offsets. */
  z.strictObject({
    kind: z.literal('huggingface'),
    file: fileName,
    /** What stands before and after a text that is given to an encoder alone. */
    clsTokenId: tokenId.optional(),
    sepTokenId: tokenId.optional(),
  }),
]);
export type TokenizerSpec = z.infer<typeof tokenizer>;

const picture = z.strictObject({
  width: z.int().positive(),
  height: z.int().positive(),
  interpolation: z.enum(['bicubic']),
  /** For graphs that take float32 [batch, 3, height, width]: each channel is (pixel · scale − mean) / deviation. */
  normalise: z
    .strictObject({
      scale: z.number().positive(),
      mean: z.tuple([z.number(), z.number(), z.number()]),
      deviation: z.tuple([z.number().positive(), z.number().positive(), z.number().positive()]),
    })
    .optional(),
});
const image = z.discriminatedUnion('resize', [
  /** The largest centred square times `cropFraction`. */
  picture.extend({ resize: z.literal('centre-crop'), cropFraction: z.number().positive().max(1) }),
  /** All of the image, in the middle of a ground of the grey value `fill`. */
  picture.extend({ resize: z.literal('letterbox'), fill: z.int().min(0).max(255) }),
  /** All of the image, whatever its proportions. */
  picture.extend({ resize: z.literal('stretch') }),
]);
export type ImageSpec = z.infer<typeof image>;

/**
 * How to read a detector without anchors: every place of a grid for each of the `strides`, row by row, gives for each
 * side of the box around its centre a distribution over 0, 1, … `bins` − 1 strides.
 */
const detection = z.strictObject({
  strides: z.array(z.int().positive()).min(1),
  bins: z.int().min(2),
});
export type DetectionSpec = z.infer<typeof detection>;

/**
 * For a model that sees its thing in any picture: it is asked only where another model has found `label`, likelier than
 * `minScore`. It looks at each place apart, wider by `margin` times the box's side on every side, up to `maxPlaces`, the
 * likeliest. Where nothing was found its answer is empty.
 */
const gate = z.strictObject({
  /** Name of a model that detects, of whatever revision. */
  model: z.string().min(1),
  label: z.string().min(1),
  minScore: z.number().min(0).max(1),
  margin: z.number().min(0),
  maxPlaces: z.int().positive(),
});
export type GateSpec = z.infer<typeof gate>;

/**
 * How to read a segmenter, whose first label is the ground: it gives `scores` [batch, labels, height, width], 255 times
 * the probability of each label. What is `threshold` likely not to be ground, all such labels together, is marked;
 * connected marks smaller than `minAreaShare` of the image are left out. Both were chosen on validation pictures.
 */
const segmentation = z.strictObject({
  threshold: z.number().min(0).max(1),
  minAreaShare: z.number().min(0).max(1),
  /** Probabilities are shares of a pixel that something covers, so that a cut-out has soft edges. */
  matte: z.boolean().optional(),
  gate: gate.optional(),
});
export type SegmentationSpec = z.infer<typeof segmentation>;

/** The one thing an engine host makes of a graph's outputs, so that only something small leaves it. */
const derived = z.strictObject({
  how: z.enum(['as-is', 'mean-pool', 'first-token', 'softmax']),
  from: z.string(),
  to: z.string(),
  /** Scale the vector to length 1. */
  unitLength: z.boolean().optional(),
});
export type DerivedSpec = z.infer<typeof derived>;

const decoding = z.strictObject({
  /** Output length limit as a multiple of source tokens. */
  maxLengthFactor: z.number().positive(),
  /** And in any case: what the decoder's positions allow. */
  maxTokens: z.int().positive().optional(),
  startTokenId: z.int(),
  eosTokenId: tokenId,
  /** The first token of every answer, as multilingual models name the target language. */
  forcedBosTokenId: tokenId.optional(),
  /** Tokens that are never chosen. */
  suppressedTokenIds: z.array(tokenId).optional(),
  /** Tokens put before every source text. */
  sourcePrefixIds: z.array(tokenId).optional(),
});
export type DecodingSpec = z.infer<typeof decoding>;

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
  /** Among models that could serve the same request the highest preference serves, then the first name. */
  preference: z.int().optional(),
  runner: z.enum(['encoder-decoder', 'encoder-decoder-cached', 'single-pass']),
  /**
   * How far an answer depends on its batch mates: not at all (also when absent), by the rounding of the last bits,
   * or wholly, because activations are quantised by what the batch holds; then `maxBatch` should be 1.
   */
  batchInvariance: z.enum(['exact', 'rounding', 'none']).optional(),
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
  detection: detection.optional(),
  segmentation: segmentation.optional(),
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
  derived: derived.optional(),
  decoding: decoding.optional(),
  batching,
  quality: z.array(z.record(z.string(), z.unknown())),
  licence: z.strictObject({ spdx: z.string(), notice: z.string() }),
  provenance: z.record(z.string(), z.unknown()),
});

/** The graphs of each kind of runner, in alphabetical order; one of the sets. */
const rolesOf = {
  'encoder-decoder': ['decoderStep, encoder'],
  'encoder-decoder-cached': ['decoder, encoder', 'decoderFirst, decoderNext, encoder'],
  'single-pass': ['main'],
} as const;

/** `manifest.json` of a model folder. Strict: an unknown field is a misspelling until this schema knows it. */
export const manifestSchema = shape.superRefine((manifest, context) => {
  const roleSets: readonly string[] = rolesOf[manifest.runner];
  const roles = Object.keys(manifest.graphs).sort().join(', ');
  const report = (path: string[], message: string) => {
    context.addIssue({ code: 'custom', path, message });
  };
  const mustBeListed = (path: string[], file: string | undefined) => {
    if (file !== undefined && !Object.hasOwn(manifest.files, file)) report(path, `no file ${file} in files`);
  };
  if (!roleSets.includes(roles)) report(['graphs'], `must be ${roleSets.join(', or ')}`);
  if (!Object.hasOwn(manifest.variants, 'cpu')) report(['variants'], 'there is no cpu variant');
  for (const [name, variant] of Object.entries(manifest.variants)) {
    if (Object.keys(variant.graphs).sort().join(', ') !== roles)
      report(['variants', name, 'graphs'], `must be ${roles}`);
    for (const [role, file] of Object.entries(variant.graphs)) mustBeListed(['variants', name, role], file);
  }
  for (const [role, { inputs, outputs }] of Object.entries(manifest.graphs))
    for (const { name, dtype, dims } of [...inputs, ...outputs])
      if (dtype !== 'bool' && (dims.indexOf('batch') !== 0 || dims.lastIndexOf('batch') !== 0))
        report(['graphs', role, name], 'batch must be the first dimension, and only that');
  mustBeListed(['tokenizer', 'file'], manifest.tokenizer?.file);
  mustBeListed(['labels'], manifest.labels);
  if (manifest.runner !== 'single-pass' && manifest.decoding === undefined)
    report(['decoding'], 'an encoder-decoder needs it');
});

export type Manifest = z.infer<typeof manifestSchema>;
