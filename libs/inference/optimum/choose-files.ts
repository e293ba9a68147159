import { UnsupportedModelError } from './unsupported-model.error.js';

/** A file of a repository, and its name in our folder, which is flat. */
export interface ChosenFile {
  path: string;
  name: string;
}

/** Graph files by role, as paths in the repository. */
export type GraphFiles = Readonly<Record<string, string>>;

export interface ChosenFiles {
  /** Settings and tokenizer: small, and enough to refuse a model before its weights are fetched. */
  settings: ChosenFile[];
  /** Graphs of all variants and the weights they keep beside them. */
  weights: ChosenFile[];
  /** By execution provider. */
  graphs: { cpu: GraphFiles; cuda?: GraphFiles };
}

/** The only files besides graphs that are ever fetched. */
const settingsPaths = [
  'config.json',
  'generation_config.json',
  'tokenizer.json',
  'tokenizer_config.json',
  'special_tokens_map.json',
  'preprocessor_config.json',
  'sentence_bert_config.json',
  '1_Pooling/config.json',
  'LICENSE',
  'LICENSE.txt',
  'LICENSE.md',
];
/** Optimum's own exports lie in the root, conversions for the hub in `onnx/`. */
const folders = ['onnx/', ''];

/**
 * Picks the files of a repository in the Optimum layout: `model.onnx`, or an encoder with one merged or two decoders.
 *
 * @param paths every path of the repository; untrusted, only paths that are expected are returned.
 * @param variants suffix of the file names (`quantized`, `fp16`); `fp32` for the plain files.
 * @throws UnsupportedModelError when there is no such layout or variant.
 */
export function chooseFiles(
  paths: readonly string[],
  variants: { cpu: string; cuda?: string | undefined },
): ChosenFiles {
  const cpu = graphFiles(paths, variants.cpu);
  const cuda = variants.cuda === undefined ? undefined : graphFiles(paths, variants.cuda);
  const graphs = new Set([...Object.values(cpu), ...Object.values(cuda ?? {})]);
  const weights = paths.filter((path) =>
    [...graphs].some((graph) => path === graph || isDataOf(path, graph)),
  );
  return {
    settings: settingsPaths.filter((path) => paths.includes(path)).map(flat),
    weights: weights.map(flat),
    graphs: { cpu, ...(cuda !== undefined && { cuda }) },
  };
}

/** Suffixes for which the repository has a whole model, `fp32` first. */
export function variantsOf(paths: readonly string[]): string[] {
  const suffixes = paths.flatMap((path) => {
    const match = /^(?:onnx\/)?(?:model|encoder_model)(?:_([a-z0-9]+))?\.onnx$/.exec(path);
    return match === null ? [] : [match[1] ?? 'fp32'];
  });
  return [...new Set(suffixes)].filter((variant) => find(paths, variant) !== undefined).sort(plainFirst);
}

export function flat(path: string): ChosenFile {
  return { path, name: path.replace(/^onnx\//, '').replaceAll('/', '-') };
}

function graphFiles(paths: readonly string[], variant: string): GraphFiles {
  const found = find(paths, variant);
  if (found !== undefined) return found;
  const there = variantsOf(paths);
  if (there.length > 0)
    throw new UnsupportedModelError(`there is no variant ${variant}; choose one of ${there.join(', ')}`);
  throw new UnsupportedModelError(
    'it is not in the Optimum layout: there is neither onnx/model.onnx nor onnx/encoder_model.onnx with a decoder that keeps its cache (export it with `optimum-cli export onnx`)',
  );
}

function find(paths: readonly string[], variant: string): GraphFiles | undefined {
  const suffix = variant === 'fp32' ? '' : `_${variant}`;
  for (const folder of folders) {
    const file = (stem: string) => {
      const path = `${folder}${stem}${suffix}.onnx`;
      return paths.includes(path) ? path : undefined;
    };
    const [encoder, merged] = [file('encoder_model'), file('decoder_model_merged')];
    if (encoder !== undefined && merged !== undefined) return { encoder, decoder: merged };
    const [first, next] = [file('decoder_model'), file('decoder_with_past_model')];
    if (encoder !== undefined && first !== undefined && next !== undefined)
      return { encoder, decoderFirst: first, decoderNext: next };
    const main = file('model');
    if (main !== undefined && encoder === undefined) return { main };
  }
  return undefined;
}

/** Graphs beyond 2 GB keep their weights beside them, under one of these names. */
function isDataOf(path: string, graph: string): boolean {
  return path.startsWith(graph) && /^(?:_data|\.data)(?:_\d+)?$/.test(path.slice(graph.length));
}

function plainFirst(a: string, b: string): number {
  return Number(b === 'fp32') - Number(a === 'fp32') || a.localeCompare(b);
}
