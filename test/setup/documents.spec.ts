import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from '@jest/globals';

const documents = [
  ...readdirSync('.').filter((name) => name.endsWith('.md')),
  'packages/sdk/README.md',
  ...readdirSync('docs', { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.md'))
    .map((name) => join('docs', name)),
];
const targets = [...readFileSync('Makefile', 'utf8').matchAll(/^([a-z-]+):/gm)].map(([, name]) => name);

describe.each(documents)('%s', (document) => {
  const text = readFileSync(document, 'utf8');

  it('links to files that exist', () => {
    const links = [...text.matchAll(/\]\((?!https?:|#)([^)#\s]+)[^)]*\)/g)].map(([, path = '']) => path);
    expect(links.filter((path) => !existsSync(join(dirname(document), path)))).toEqual([]);
  });

  it('names make targets that exist', () => {
    const named = [...text.matchAll(/`make ([a-z-]+)|^make ([a-z-]+)/gm)].map(
      ([, inline, block]) => inline ?? block,
    );
    expect(named.filter((target) => !targets.includes(target))).toEqual([]);
  });
});
