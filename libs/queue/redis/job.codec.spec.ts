import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { createSeal } from '#kernel';
import { JobCodec } from './job.codec.js';

/** Written by the first release that had this format, under a key of 32 ones; never to be written anew. */
const fixtures = z
  .object({ job: z.base64(), reply: z.base64(), failure: z.base64() })
  .parse(JSON.parse(readFileSync(new URL('./fixtures/payloads.v1.json', import.meta.url), 'utf8')));
const bytes = (text: string) => Buffer.from(text, 'base64');
const codec = new JobCodec(createSeal(Buffer.alloc(32, 1)));
const id = 'req_fixture';

describe('JobCodec', () => {
  it('reads jobs that an earlier version has put into Redis', () => {
    const job = codec.unpackJob(bytes(fixtures.job), id);
    expect(job).toMatchObject({
      tenantId: 'ten_a',
      task: 'classify-image',
      weight: 2,
      deadlineAt: 1_764_000_010_000,
    });
    // One model for all items, which no server has ever written.
    expect(job).not.toHaveProperty('model');
    const [item] = z.array(z.object({ image: z.instanceof(Uint8Array), topK: z.number() })).parse(job.items);
    expect(Buffer.from(item?.image ?? []).toString()).toBe('not really a photo');
  });

  it('reads replies and failures of workers of an earlier version', () => {
    expect(codec.unpackAnswer(bytes(fixtures.reply), id)).toMatchObject({
      outcomes: [
        { ok: true, units: 1 },
        { ok: false, error: { code: 'deadline.exceeded' } },
      ],
    });
    expect(codec.unpackAnswer(bytes(fixtures.failure), id)).toMatchObject({
      error: { code: 'engine.unavailable', facts: { retryAfterS: 1 } },
    });
  });

  it('opens nothing under another id, another key, or as what it is not', () => {
    expect(() => codec.unpackJob(bytes(fixtures.job), 'req_other')).toThrow();
    expect(() => codec.unpackAnswer(bytes(fixtures.job), id)).toThrow();
    const other = new JobCodec(createSeal(Buffer.alloc(32, 2)));
    expect(() => other.unpackJob(bytes(fixtures.job), id)).toThrow();
  });

  it('keeps a megabyte a megabyte', () => {
    const job = codec.unpackJob(bytes(fixtures.job), id);
    const image = Buffer.alloc(1_000_000, 7);
    expect(codec.packJob({ ...job, items: [{ image }] }).length).toBeLessThan(1_001_000);
  });
});
