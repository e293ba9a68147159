/**
 * Writes helm/inferway/README.md, the list of the chart's values, from values.yaml and its comments: `npm run docs:chart`.
 * A spec fails while the two differ.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { isMap, isNode, isScalar, parseDocument, type Pair, type YAMLMap } from 'yaml';

const folder = 'helm/inferway';
const introduction = `# The chart of Inferway

A gateway, pools of workers that hold the models, and what belongs to them. How to install it, scale it and watch it: [docs/deploy.md](../../docs/deploy.md). Profiles to start from: [trial](profiles/trial.yaml), [production on CPUs](profiles/production-cpu.yaml), [production with GPUs](profiles/production-gpu.yaml).

## Values

Any other name is refused. This list is made of [values.yaml](values.yaml).

| value | default | what |
| ----- | ------- | ---- |
`;

/** The file as it should be. */
export function chartReadme(): string {
  const { contents } = parseDocument(readFileSync(`${folder}/values.yaml`, 'utf8'));
  if (!isMap(contents)) throw new Error('values.yaml is no map');
  const rows = rowsOf(contents, '').map(({ name, value, what }) => `| \`${name}\` | ${value} | ${what} |\n`);
  return introduction + rows.join('');
}

interface Row {
  name: string;
  value: string;
  what: string;
}

function rowsOf(map: YAMLMap, prefix: string): Row[] {
  return map.items.flatMap((pair, i) => {
    const name = `${prefix}${nameOf(pair)}`;
    // The comment above a map's first key is the map's own to the parser.
    const what = commentOf(i === 0 && prefix !== '' ? map : undefined) || commentOf(pair.key);
    const { value } = pair;
    if (!isMap(value) || value.items.length === 0) return [{ name, value: textOf(value), what }];
    // A map written on one line is one value, such as a container's requests.
    if (value.flow === true) return [{ name, value: textOf(value), what }];
    const inner = rowsOf(value, `${name}.`);
    return what === '' ? inner : [{ name, value: '', what }, ...inner];
  });
}

function nameOf({ key }: Pair): string {
  if (!isScalar(key) || typeof key.value !== 'string') throw new Error('a key of values.yaml is no text');
  return key.value;
}

function commentOf(node: unknown): string {
  const comment = isNode(node) ? node.commentBefore : undefined;
  const last = (comment ?? '').split(/\n\s*\n/).at(-1) ?? '';
  return last
    .split('\n')
    .map((line) => line.trim())
    .join(' ')
    .replaceAll('|', '\\|');
}

function textOf(node: unknown): string {
  const value: unknown = isNode(node) ? node.toJSON() : node;
  return value === '' ? '' : `\`${JSON.stringify(value)}\``;
}

if (import.meta.main) writeFileSync(`${folder}/README.md`, chartReadme());
