import request from 'supertest';
import { z } from 'zod';
import { problem } from '#contracts';
import type { LocalGateway } from './local-gateway.js';

export type Send = (verb: 'get' | 'post' | 'patch' | 'delete', path: string, key?: string) => request.Test;

export const profilesPath = '/v1/inspection-profiles';
const graphqlReply = z.object({
  data: z.record(z.string(), z.unknown()).nullish(),
  errors: z.array(z.object({ extensions: problem })).optional(),
});

export interface Answer {
  code?: string;
  issue?: string | undefined;
  data: unknown;
}

/** The same act over each surface. */
export interface Surface {
  create(body: object, key?: string): Promise<Answer>;
  change(id: string, body: object): Promise<Answer>;
  archive(id: string): Promise<Answer>;
  find(id: string, version?: number): Promise<Answer>;
  inspect(body: object, key?: string): Promise<Answer>;
}

/** Sends requests with a key, the gateway's own by default. */
export const senderOf =
  (gateway: LocalGateway): Send =>
  (verb, path, key = gateway.key) =>
    request(gateway.target.url)[verb](path).set('authorization', `Bearer ${key}`);

/** @param image base64, what every inspection looks at that names no other */
export const restSurface = (as: Send, image: string): Surface => ({
  create: (body, key) => rest(as('post', profilesPath, key).send(body), 201),
  change: (id, body) => rest(as('patch', `${profilesPath}/${id}`).send(body), 200),
  archive: (id) => rest(as('delete', `${profilesPath}/${id}`), 200),
  find: (id, version) =>
    rest(as('get', `${profilesPath}/${id}${version === undefined ? '' : `?version=${version}`}`), 200),
  inspect: (body, key) => rest(as('post', '/v1/images/inspect', key).send({ image, ...body }), 200),
});

/** As `restSurface`. */
export function graphqlSurface(as: Send, image: string): Surface {
  const ask = (query: string, key?: string) => graphql(as('post', '/graphql', key), query);
  return {
    create: (body, key) =>
      ask(`mutation { createInspectionProfile(${argumentsOf(body)}) { ${profileFields} } }`, key),
    change: (id, body) =>
      ask(`mutation { changeInspectionProfile(${argumentsOf({ id, ...body })}) { ${profileFields} } }`),
    archive: (id) => ask(`mutation { archiveInspectionProfile(id: "${id}") { ${profileFields} } }`),
    find: (id, version) =>
      ask(`{ inspectionProfile(${argumentsOf({ id, ...(version && { version }) })}) { ${profileFields} } }`),
    inspect: (body, key) =>
      ask(`{ inspectImage(${argumentsOf({ image, ...body })}) { ${inspectionFields} } }`, key),
  };
}

const profileFields =
  'id version name task model labels minScore minAreaPx mmPerPixel region { unit x y width height } tile rules { name labels measure above below severity verdict } createdAt archivedAt';
const inspectionFields = `verdict profile { id version name task } picture { width height sizeBytes sha256 } region { x y width height }
  findings { number label score severity brokenRules box { x y width height } areaPx polygons areaMm2 longestSidePx longestSideMm }
  severities { critical major minor info } brokenRules { name measure measured above below severity verdict findings }
  measurements { label count totalAreaPx largestAreaPx totalAreaMm2 largestAreaMm2 } inspectedAt
  annotated { mediaType data } report { mediaType data } requestId model usage { unit amount }`;

async function rest(asked: request.Test, status: number): Promise<Answer> {
  const reply = await asked;
  if (reply.status === status) return { data: reply.body };
  const { code, issues } = problem.parse(reply.body);
  return { code, issue: issues?.[0]?.path, data: undefined };
}

async function graphql(asked: request.Test, query: string): Promise<Answer> {
  const reply = await asked.send({ query });
  const { data, errors } = graphqlReply.parse(reply.body);
  const [error] = errors ?? [];
  if (error !== undefined)
    return { code: error.extensions.code, issue: error.extensions.issues?.[0]?.path, data: undefined };
  return { data: Object.values(data ?? {})[0] };
}

/** An argument as GraphQL writes it; the words in capitals of REST are enums there. */
const enums = new Set([
  'count',
  'areaPx',
  'areaMm2',
  'major',
  'fail',
  'html',
  'pdf',
  'px',
  'part',
  'auto',
  'none',
]);
function literal(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(literal).join(', ')}]`;
  if (typeof value === 'object' && value !== null) return `{ ${argumentsOf(value)} }`;
  return typeof value === 'string' && enums.has(value) ? value : JSON.stringify(value);
}
const argumentsOf = (value: object) =>
  Object.entries(value)
    .map(([name, each]) => `${name}: ${literal(each)}`)
    .join(', ');
