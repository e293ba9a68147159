import { describe, expect, it } from '@jest/globals';
import { chooseFiles, variantsOf } from './choose-files.js';

const marian = [
  'README.md',
  'config.json',
  'pytorch_model.bin',
  'tokenizer.json',
  ...['', '_quantized'].flatMap((suffix) => [
    `onnx/encoder_model${suffix}.onnx`,
    `onnx/decoder_model${suffix}.onnx`,
    `onnx/decoder_model_merged${suffix}.onnx`,
    `onnx/decoder_with_past_model${suffix}.onnx`,
  ]),
  'onnx/encoder_model_fp16.onnx',
];

describe('chooseFiles', () => {
  const paths = (files: readonly { path: string }[]) => files.map(({ path }) => path).sort();

  it('takes the merged decoder where there is one, and only what it needs', () => {
    const { settings, weights, graphs } = chooseFiles(marian, { cpu: 'fp32' });
    expect(paths(settings)).toEqual(['config.json', 'tokenizer.json']);
    expect(paths(weights)).toEqual(['onnx/decoder_model_merged.onnx', 'onnx/encoder_model.onnx']);
    expect(Object.keys(graphs.cpu).sort()).toEqual(['decoder', 'encoder']);
  });

  it('takes both decoders where there is none', () => {
    const split = marian.filter((path) => !path.includes('merged'));
    const { graphs } = chooseFiles(split, { cpu: 'quantized' });
    expect(graphs.cpu).toEqual({
      encoder: 'onnx/encoder_model_quantized.onnx',
      decoderFirst: 'onnx/decoder_model_quantized.onnx',
      decoderNext: 'onnx/decoder_with_past_model_quantized.onnx',
    });
  });

  it("reads Optimum's own exports, which lie in the root, and takes weights that lie beside a graph", () => {
    const { weights } = chooseFiles(
      ['config.json', 'model.onnx', 'model.onnx_data', 'model.onnx_data_1', 'model.onnx_notes', 'other.onnx'],
      { cpu: 'fp32' },
    );
    expect(weights.map(({ name }) => name)).toEqual(['model.onnx', 'model.onnx_data', 'model.onnx_data_1']);
  });

  it('fetches what two devices share once, and the rest for each', () => {
    const both = ['onnx/model.onnx', 'onnx/model_fp16.onnx', 'onnx/model_int8.onnx'];
    expect(paths(chooseFiles(both, { cpu: 'fp32', cuda: 'fp32' }).weights)).toEqual(['onnx/model.onnx']);
    expect(paths(chooseFiles(both, { cpu: 'int8', cuda: 'fp16' }).weights)).toEqual(both.slice(1));
  });

  it('names the variants that are whole, and refuses others', () => {
    expect(variantsOf(marian)).toEqual(['fp32', 'quantized']);
    expect(() => chooseFiles(marian, { cpu: 'fp16' })).toThrow('choose one of fp32, quantized');
    expect(() => chooseFiles(['model.safetensors'], { cpu: 'fp32' })).toThrow('not in the Optimum layout');
  });
});
