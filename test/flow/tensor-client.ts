import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import type { ServerProcess } from '#testing';
import { newTenantKey } from './new-tenant.js';

const tensor = z.object({ shape: z.array(z.number()), data: z.array(z.unknown()) });
const reply = z.object({
  id: z.string().nullable(),
  model_version: z.string().nullable(),
  parameters: z.object({ model: z.string(), usage_unit: z.string(), usage_amount: z.number() }),
  tensors: z.record(z.string(), tensor),
});
const usage = z.object({ amount: z.number() });
const box = z.object({ x: z.number(), y: z.number(), width: z.number(), height: z.number() });
const run = z.object({
  server: z.record(z.string(), z.unknown()),
  tensors: z.object({ embed: reply, model: reply, translate: reply, answer: reply, detect: reply }),
  rest: z.object({
    embed: z.object({ usage, embeddings: z.array(z.array(z.number())) }),
    translate: z.array(z.object({ translations: z.array(z.object({ text: z.string() })) })),
    answer: z.object({ answers: z.array(z.object({ text: z.string(), start: z.number() })) }),
    detect: z.object({ detections: z.array(z.object({ label: z.string(), score: z.number(), box })) }),
  }),
  refusals: z.record(z.string(), z.string()),
});
const vectors = z.array(z.array(z.number()));
const report = z.object({ usage: z.array(z.object({ task: z.string(), items: z.number() })) });

/** What scripts/test.sh fetched. @throws Error when the tests were started another way */
function clientPackages(): string {
  const packages = process.env['TEST_TRITON_CLIENT'];
  if (packages === undefined) throw new Error('TEST_TRITON_CLIENT is not set: run scripts/test.sh test/flow');
  return packages;
}

export function describeTensorClient(server: () => ServerProcess): void {
  describe("NVIDIA's client of the Open Inference Protocol", () => {
    let key: string;
    let found: z.infer<typeof run>;
    beforeAll(async () => {
      key = await newTenantKey(server(), 'tensors');
      const command = ['test/flow/tensor_client.py', server().url, key, 'test/assets/cat.jpg'];
      const env = { ...process.env, PYTHONPATH: clientPackages(), PYTHONDONTWRITEBYTECODE: '1' };
      const { stdout } = await promisify(execFile)('python3', command, { env, timeout: 120_000 });
      found = run.parse(JSON.parse(stdout));
    }, 180_000);

    it('finds the server and its models ready, and reads what they take', () => {
      expect(found.server).toMatchObject({
        live: true,
        ready: true,
        metadata: { name: 'inferway', extensions: ['binary_tensor_data'] },
        model: {
          versions: ['1'],
          inputs: [{ name: 'text', datatype: 'BYTES', shape: [-1] }, { optional: true }],
        },
        modelReady: true,
        otherReady: false,
      });
    });

    it('gets the vectors that REST gives, as binary tensors and as JSON, of a task and of its model', () => {
      const { embed, model } = found.tensors;
      expect(embed).toMatchObject({
        id: 'mine',
        parameters: { model: 'minilm-l6@1', usage_unit: 'characters' },
      });
      expect(embed.parameters.usage_amount).toBe(found.rest.embed.usage.amount);
      expect(model.model_version).toBe('1');
      const expected = found.rest.embed.embeddings.map((vector) => Array.from(Float32Array.from(vector)));
      for (const { tensors } of [embed, model]) {
        expect(tensors['embedding']?.shape).toEqual([3, 384]);
        expect(vectors.parse(tensors['embedding']?.data)).toEqual(expected);
        expect(tensors['error']?.data).toEqual(['', '', '']);
      }
    });

    it('gets the translations that REST gives, each row into a language of its own', () => {
      const { tensors } = found.tensors.translate;
      const texts = found.rest.translate.flatMap(({ translations }) => translations.map(({ text }) => text));
      expect(tensors['text']?.data).toEqual(texts);
      expect(tensors['detectedSource']?.data).toEqual(['en', 'pt']);
    });

    it('gets the answers that REST gives, from several texts in one row', () => {
      const { tensors } = found.tensors.answer;
      const { answers } = found.rest.answer;
      expect(tensors['answers.count']?.data).toEqual([answers.length]);
      expect(tensors['answers.text']?.data).toEqual([answers.map(({ text }) => text)]);
      expect(tensors['answers.start']?.data).toEqual([answers.map(({ start }) => start)]);
    });

    it('gets the detections that REST gives, of files and options by row', () => {
      const { tensors } = found.tensors.detect;
      const { detections } = found.rest.detect;
      const [first, second] = z.array(z.number()).parse(tensors['detections.count']?.data);
      expect(first).toBe(detections.length);
      expect(second).toBeGreaterThan(0);
      const rows = z.array(z.array(z.array(z.number().nullable()))).parse(tensors['detections.box']?.data);
      const boxes = detections.map(({ box: { x, y, width, height } }) =>
        Array.from(Float32Array.of(x, y, width, height)),
      );
      expect(rows[0]?.slice(0, first)).toEqual(boxes);
    });

    it('reads every refusal as one, with the status and the code of the catalogue', () => {
      expect(found.refusals).toEqual({
        model: expect.stringMatching(/^404 resource\.not_found: No model is called unicorn/),
        datatype: expect.stringMatching(/^422 request\.invalid: inputs\[0\]\.datatype/),
        shape: expect.stringMatching(/^422 request\.invalid: inputs\[0\]\.shape/),
        rows: expect.stringMatching(/^422 request\.invalid: inputs: 129 rows are too many/),
        size: expect.stringMatching(/^413 request\.too_large/),
        key: expect.stringMatching(/^401 auth\.missing_key/),
        timeout: expect.stringMatching(/^408 deadline\.exceeded/),
      });
    });

    it('is metered row by row, under the task', async () => {
      const response = await fetch(`${server().url}/v1/usage?groupBy=task`, {
        headers: { authorization: `Bearer ${key}` },
      });
      const items: Record<string, number> = {};
      for (const bucket of report.parse(await response.json()).usage)
        items[bucket.task] = (items[bucket.task] ?? 0) + bucket.items;
      // Rows of tensors, and items of REST.
      expect(items).toEqual({ embed: 6 + 3, translate: 2 + 2, answer: 1 + 1, 'detect-objects': 2 + 1 });
    });
  });
}
