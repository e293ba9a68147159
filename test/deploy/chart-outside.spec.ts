import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { parse, template } from './chart.js';

const ways: [string, object][] = [
  ['an ingress', { ingress: { enabled: true, hosts: ['api.example.org'] } }],
  ['a route of the Gateway API', { gatewayApi: { enabled: true, parentRefs: [{ name: 'public' }] } }],
];
const ingress = z.object({
  rules: z.array(
    z.object({ http: z.object({ paths: z.array(z.object({ path: z.string(), pathType: z.string() })) }) }),
  ),
});
const route = z.object({
  rules: z.array(
    z.object({ matches: z.array(z.object({ path: z.object({ type: z.string(), value: z.string() }) })) }),
  ),
});
const routes = Object.keys(
  z
    .object({ paths: z.record(z.string(), z.unknown()) })
    .parse(JSON.parse(readFileSync('docs/openapi.json', 'utf8'))).paths,
);

/** Whether a path of the API gets in. */
async function gate(values: object): Promise<(path: string) => boolean> {
  const manifests = parse(await template({ secrets: { existingSecret: 'mine' }, ...values }));
  const found = manifests.find(({ kind }) => kind === 'Ingress' || kind === 'HTTPRoute');
  const paths =
    found?.kind === 'Ingress'
      ? ingress.parse(found.spec).rules.flatMap(({ http }) => http.paths)
      : route
          .parse(found?.spec)
          .rules.flatMap(({ matches }) => matches)
          .map(({ path }) => ({ path: path.value, pathType: path.type }));
  return (asked) =>
    paths.some(
      ({ path, pathType }) => asked === path || (pathType !== 'Exact' && asked.startsWith(`${path}/`)),
    );
}

describe.each(ways)('%s', (_name, values) => {
  it('lets in what the API document lists, its pages and its front door, and not the metrics', async () => {
    const letsIn = await gate(values);
    expect(routes).toContain('/metrics');
    expect([...routes, '/', '/docs'].filter((path) => !letsIn(path))).toEqual(['/metrics']);
  });
});
