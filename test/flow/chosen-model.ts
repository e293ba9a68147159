import { beforeAll, describe, expect, it } from '@jest/globals';
import { Inferway } from '#sdk';
import type { ServerProcess } from '#testing';

const english = 'The weather is lovely today.';
const request = { text: english, source: 'en', target: 'pt' };

export function describeChosenModel(server: () => ServerProcess): void {
  describe('a model that the caller chooses', () => {
    let client: Inferway;
    beforeAll(() => {
      client = new Inferway({ baseUrl: server().url, apiKey: server().apiKey });
    });

    it('answers, by its name or by the revision that a reply told', async () => {
      const any = await client.translate(request);
      expect(any.model).toMatch(/^translate-en-pt@/);
      for (const model of ['translate-en-pt', any.model]) {
        const chosen = await client.translate({ ...request, model });
        expect(chosen).toMatchObject({ model: any.model, translations: any.translations });
      }
      const query = `{ translate(text: "${english}", source: "en", target: "pt", model: "${any.model}") { model } }`;
      const reply = await fetch(`${server().url}/graphql`, {
        method: 'POST',
        headers: { authorization: `Bearer ${server().apiKey}`, 'content-type': 'application/json' },
        body: JSON.stringify({ query }),
      });
      expect(await reply.json()).toEqual({ data: { translate: { model: any.model } } });
    });

    it('answers alone: what another model could do is refused', async () => {
      await expect(client.translate({ ...request, model: 'translate-pt-en' })).rejects.toMatchObject({
        code: 'language.unsupported',
        supported: ['pt-en'],
      });
      await expect(client.translate({ ...request, model: 'translate-en-pt@0' })).rejects.toMatchObject({
        code: 'request.invalid',
        issues: [{ path: 'model' }],
        supported: expect.arrayContaining([expect.stringMatching(/^translate-en-pt@/)]),
      });
    });

    it('makes another request of the same text: an Idempotency-Key does not stand for both', async () => {
      const options = { idempotencyKey: 'chosen-model' };
      await client.translate(request, options);
      const other = client.translate({ ...request, model: 'translate-en-pt' }, options);
      await expect(other).rejects.toMatchObject({ code: 'idempotency.mismatch' });
    });

    it('is chosen by each input of a job for itself', async () => {
      const inputs = [{}, { model: 'translate-en-pt' }, { model: 'translate-pt-en' }, { model: 'unicorns' }];
      const { id } = await client.submitJob({
        task: 'translate',
        inputs: inputs.map((choice) => ({ ...request, ...choice })),
      });
      while ((await client.job({ id })).status !== 'succeeded')
        await new Promise((resolve) => setTimeout(resolve, 50));
      const { results } = await client.jobResults({ id });
      expect(results).toMatchObject([
        { model: expect.stringMatching(/^translate-en-pt@/) },
        { model: expect.stringMatching(/^translate-en-pt@/) },
        { error: { code: 'language.unsupported' } },
        { error: { code: 'request.invalid' } },
      ]);
    });
  });
}
