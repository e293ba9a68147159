import { expect } from '@jest/globals';
import request from 'supertest';
import { z } from 'zod';
import { auditView, newKeyView, tenantView } from '#contracts';
import type { LocalGateway } from './local-gateway.js';

const verbs = z.enum(['get', 'post', 'patch', 'delete']);
type Verb = z.infer<typeof verbs>;
export const verbOf = (method: string): Verb => verbs.parse(method.toLowerCase());
export const translation = { text: 'Good morning', source: 'en', target: 'pt' };

/** What an operator does, on a gateway that is up by the time the tests run. */
export function adminClient(gateway: () => LocalGateway) {
  const as = (key: string, verb: Verb, path: string) => {
    const client = request(gateway().target.url);
    return client[verb](path).set('authorization', `Bearer ${key}`);
  };
  const admin = (verb: Verb, path: string) => as(gateway().adminKey, verb, `/v1/admin/${path}`);
  const read = async (asked: request.Test, status: number): Promise<unknown> => {
    const reply = await asked;
    expect({ status: reply.status, text: reply.text }).toMatchObject({ status });
    return reply.body;
  };
  const newTenant = async (body: object = {}) =>
    tenantView.parse(await read(admin('post', 'tenants').send({ name: 'Acme', ...body }), 201));
  const newKey = async (body: object) => newKeyView.parse(await read(admin('post', 'keys').send(body), 201));
  const translate = async (key: string, address?: string) => {
    const asked = as(key, 'post', '/v1/translate').send(translation);
    const reply = await (address === undefined ? asked : asked.set('x-forwarded-for', address));
    return reply.status === 200 ? 'ok' : z.object({ code: z.string() }).parse(reply.body).code;
  };
  /** As long as a process may still know a key or a plan as it was. */
  const untilFresh = () => new Promise((resolve) => setTimeout(resolve, 1_100));
  const lastAudit = async () => {
    const list = await read(admin('get', 'audit?limit=1'), 200);
    return z.object({ entries: z.array(auditView) }).parse(list).entries[0];
  };
  return { as, admin, read, newTenant, newKey, translate, untilFresh, lastAudit };
}
