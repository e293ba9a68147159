import { expect } from '@jest/globals';
import request from 'supertest';
import { z } from 'zod';
import { problem, type Problem } from '#contracts';
import type { LocalGateway } from './local-gateway.js';

/** What both surfaces answer: the problem where there is one, and the headers. */
export interface Answer {
  problem: Problem | undefined;
  headers: Record<string, string>;
}

export const graphqlReply = z.object({ errors: z.array(z.object({ extensions: problem })).optional() });

/** Sends requests under a key. */
export function asTenant({ target }: LocalGateway, key: string) {
  const client = request(target.url);
  const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json' };
  return {
    get: (path: string) => client.get(path).set(headers),
    delete: (path: string) => client.delete(path).set({ authorization: headers.authorization }),
    post: (path: string, body: object, more: Record<string, string> = {}) =>
      client
        .post(path)
        .set({ ...headers, ...more })
        .send(JSON.stringify(body)),
  };
}

export type Embedding = [key: string, text: string[], headers?: Record<string, string>];

/** The same request over each surface. */
export const embedSurfaces = [
  {
    surface: 'REST',
    embed: async (gateway: LocalGateway, ...[key, text, headers]: Embedding): Promise<Answer> => {
      const reply = await asTenant(gateway, key).post('/v1/embed', { text }, headers);
      const found = reply.status === 200 ? undefined : problem.parse(reply.body);
      if (found !== undefined) expect(reply.status).toBe(found.status);
      return { problem: found, headers: reply.headers };
    },
  },
  {
    surface: 'GraphQL',
    embed: async (gateway: LocalGateway, ...[key, text, headers]: Embedding): Promise<Answer> => {
      const query = 'query ($text: [String!]!) { embed(text: $text) { requestId } }';
      const asked = asTenant(gateway, key).post('/graphql', { query, variables: { text } }, headers);
      const reply = await asked.expect(200);
      const { errors } = graphqlReply.parse(reply.body);
      return { problem: errors?.[0]?.extensions, headers: reply.headers };
    },
  },
];
