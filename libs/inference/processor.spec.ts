import { arch } from 'node:os';
import { describe, expect, it } from '@jest/globals';
import { precisionConfig } from './precision-config.js';
import { instructions, productsSaturate } from './processor.js';

const zen3 = 'flags\t\t: fpu sse4_1 sse4_2 avx f16c avx2 bmi2 sha_ni vaes vpclmulqdq';
const zen4 = `${zen3} avx512f avx512_vnni avx512_bf16`;
const alderLake = `${zen3} avx_vnni`;

describe('the processor', () => {
  it('adds products of int8 in 16 bits on x86 without VNNI, whatever it is called there', () => {
    expect(productsSaturate(zen3)).toBe(arch() === 'x64');
    expect([zen4, alderLake].map((flags) => productsSaturate(flags))).toEqual([false, false]);
  });

  it('has graphs of texts widened where its products saturate, and never those of pixels', () => {
    const config = productsSaturate(instructions()) ? { x64quantprecision: '1' } : {};
    expect(precisionConfig([{ name: 'ids', dtype: 'int32', dims: ['batch', 'sequence'] }])).toEqual(config);
    expect(precisionConfig([{ name: 'pixels', dtype: 'uint8', dims: ['batch', 224, 224, 3] }])).toEqual({});
  });
});
