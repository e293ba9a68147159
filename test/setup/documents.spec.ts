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
const tests = ['apps', 'libs', 'packages/sdk/src', 'test', 'bench'].flatMap((root) =>
  readdirSync(root, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => ({ name: join('/', root, name), text: readFileSync(join(root, name), 'utf8') })),
);
const names = tests
  .filter(({ name }) => name.startsWith('/test/') || /\.(spec|conformance)\.ts$|\/fixtures\//.test(name))
  .map(({ text }) => text.replaceAll("\\'", "'"))
  .join('\n');
/** A title is a whole string of a test's file, or with `…` the beginning of one; from a table it is `name $what`. */
const isTitle = (name: string) =>
  ["'", '"', '`'].some((quote) => names.includes(quote + `${name}${quote}`.replace(/….$/, '')));
const isTest = (name: string) => [name, name.slice(name.indexOf(' ') + 1)].some(isTitle);
const targets = [...readFileSync('Makefile', 'utf8').matchAll(/^([a-z-]+):/gm)].map(([, name]) => name);

describe.each(documents)('%s', (document) => {
  const text = readFileSync(document, 'utf8');

  it('links to files that exist', () => {
    const links = [...text.matchAll(/\]\((?!https?:|#)([^)#\s]+)[^)]*\)/g)].map(([, path = '']) => path);
    expect(links.filter((path) => !existsSync(join(dirname(document), path)))).toEqual([]);
  });

  it('cites files of tests that exist, and the names of tests beside them', () => {
    const files = [...text.matchAll(/`([\w./-]+\.(?:spec|cases)\.ts)`/g)].map(([, name = '']) => name);
    const unknown = files.filter((file) => !tests.some(({ name }) => name.endsWith(`/${file}`)));
    expect(unknown.filter((file) => file !== 'x.spec.ts')).toEqual([]);
    const cited = [...text.matchAll(/(?:\(|; |, |: |: `)_([a-z][^_\n]{15,})_(?=[;,.)])/g)].map(
      ([, name = '']) => name,
    );
    expect(cited.filter((name) => !isTest(name))).toEqual([]);
  });

  it('names make targets that exist', () => {
    const named = [...text.matchAll(/`make ([a-z-]+)|^make ([a-z-]+)/gm)].map(
      ([, inline, block]) => inline ?? block,
    );
    expect(named.filter((target) => !targets.includes(target))).toEqual([]);
  });
});
