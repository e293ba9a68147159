import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { FrameReader } from './frame-reader.js';
import { encodeFrame } from './message-frame.js';

const tensor = fc.oneof(
  fc.uint8Array({ maxLength: 70 }),
  fc.int32Array({ maxLength: 40 }),
  fc.float32Array({ maxLength: 40, noNaN: true }),
);
const message = fc.record({
  type: fc.string(),
  rows: fc.array(
    fc.record({ id: fc.nat(), inputs: fc.dictionary(fc.stringMatching(/^[a-z]{1,9}$/), tensor) }),
  ),
});

/** What arrives when the stream breaks after every so many bytes. */
function arriving(messages: readonly object[], every: number): unknown[] {
  const stream = Buffer.concat(messages.flatMap((each) => encodeFrame(each)));
  const arrived: unknown[] = [];
  const reader = new FrameReader((each) => arrived.push(each));
  const memory = Buffer.alloc(every);
  for (let at = 0; at < stream.length; at += every) {
    const length = stream.copy(memory, 0, at, at + every);
    reader.push(memory.subarray(0, length));
  }
  return arrived;
}

describe('FrameReader', () => {
  it('gives what was sent, in order and to the bit, wherever the stream breaks', () => {
    fc.assert(
      fc.property(
        fc.array(message, { maxLength: 4 }),
        fc.integer({ min: 1, max: 300 }),
        (messages, every) => {
          expect(arriving(messages, every)).toEqual(messages);
        },
      ),
    );
  });

  it('takes tensors from a part of a buffer, from shared memory and from a Buffer', () => {
    const shared = new Uint8Array(new SharedArrayBuffer(8)).fill(3);
    const sent = { part: Int32Array.of(1, 2, 3).subarray(1), shared, buffer: Buffer.from([9, 8]) };
    const got = { part: Int32Array.of(2, 3), shared: Uint8Array.from(shared), buffer: Uint8Array.of(9, 8) };
    expect(arriving([sent], 64)).toEqual([got]);
  });

  it('gives NaN, infinities and minus zero as they were', () => {
    const floats = Float32Array.of(NaN, Infinity, -Infinity, -0);
    const [{ outputs }] = arriving([{ outputs: floats }], 1_000) as [{ outputs: Float32Array }];
    expect([...outputs].map((value) => Object.is(value, -0))).toEqual([false, false, false, true]);
    expect([...outputs]).toEqual([...floats]);
  });

  it('refuses a stream that is none of messages instead of waiting for gigabytes', () => {
    const reader = new FrameReader(() => undefined);
    expect(() => reader.push(Buffer.alloc(64, 0xff))).toThrow(RangeError);
  });
});
