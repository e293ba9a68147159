import { setTimeout as sleep } from 'node:timers/promises';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { endpoints } from '#transport';
import type { LocalGateway } from './local-gateway.js';

const page = z.object({ nextCursor: z.string().optional() });
const answer = z.object({ requestId: z.string() });
const graphqlAnswer = z.object({ data: z.object({ embed: answer }) });
/** Pages of usage are sums, which have no ids: `row-level-security.spec.ts` has their rows. */
const lists = endpoints.filter(
  ({ query, tag }) => query !== undefined && 'cursor' in query.shape && !['admin', 'usage'].includes(tag),
);

/** What names a place and no thing, taken over from another tenant: a cursor, an `Idempotency-Key`. */
export function describeBorrowedPlaces(gateway: () => LocalGateway): void {
  const ask = async (key: string, path: string, body?: object, idempotencyKey = '') => {
    const headers = {
      ...{ authorization: `Bearer ${key}`, 'content-type': 'application/json' },
      ...(idempotencyKey !== '' && { 'idempotency-key': idempotencyKey }),
    };
    const request = body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) };
    const reply = await fetch(gateway().target.url + path, { headers, ...request });
    return { status: reply.status, text: await reply.text() };
  };
  const idsIn = (text: string) => [...text.matchAll(/\b(?:job|msg|insp)_[0-9a-f]{32}\b/g)].map(([id]) => id);

  describe('and what names a place', () => {
    /** Of each a second one, so that a page of one leads on. */
    beforeAll(async () => {
      const { key } = gateway();
      const made = [
        await ask(key, '/v1/inspection-profiles', { name: 'second', task: 'detect-objects' }),
        await ask(key, '/v1/jobs', {
          task: 'embed',
          inputs: [{ text: 'a' }],
          webhook: 'http://127.0.0.1:1/',
        }),
      ];
      expect(made.map(({ status }) => status)).toEqual([201, 202]);
      const messages = async () =>
        idsIn((await ask(key, '/v1/webhooks/deliveries')).text).filter((id) => id.startsWith('msg_'));
      for (let i = 0; i < 200 && (await messages()).length < 2; i++) await sleep(50);
    }, 30_000);

    it.each(lists.filter(({ path }) => !path.includes(':id')).map(({ path }) => path))(
      'a cursor of theirs to %s lists nothing of theirs',
      async (path) => {
        const { key, otherKey } = gateway();
        const all = idsIn((await ask(key, path)).text);
        const { nextCursor } = page.parse(JSON.parse((await ask(key, `${path}?limit=1`)).text));
        const theirs = await ask(otherKey, `${path}?cursor=${nextCursor ?? ''}`);
        expect(theirs.status).toBe(200);
        expect(idsIn(theirs.text)).toEqual([]);
        // Its owner is led on by it: there is something to list.
        const next = idsIn((await ask(key, `${path}?cursor=${nextCursor ?? ''}`)).text);
        expect(next.length).toBeGreaterThan(0);
        expect(all).toEqual(expect.arrayContaining(next));
      },
    );

    it('an Idempotency-Key of theirs replays nothing of theirs, and is free for another body', async () => {
      const { key, otherKey } = gateway();
      const rest = async (tenant: string, text: string) =>
        answer.parse(JSON.parse((await ask(tenant, '/v1/embed', { text }, 'order-1')).text)).requestId;
      const graphql = async (tenant: string, text: string) => {
        const query = `{ embed(text: "${text}") { requestId } }`;
        const reply = await ask(tenant, '/graphql', { query }, 'order-2');
        return graphqlAnswer.parse(JSON.parse(reply.text)).data.embed.requestId;
      };
      for (const over of [rest, graphql]) {
        const first = await over(key, 'a');
        expect(await over(key, 'a')).toBe(first);
        const other = await over(otherKey, 'b');
        expect(other).not.toBe(first);
        expect(await over(otherKey, 'b')).toBe(other);
        expect(await over(key, 'a')).toBe(first);
      }
    });
  });
}
