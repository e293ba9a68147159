import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { errorCatalogue } from '#kernel';
import { errorsPage } from '../../scripts/errors-page.js';

describe('docs/errors.md', () => {
  it('is what `npm run docs:errors` makes of the catalogue', () => {
    expect(readFileSync('docs/errors.md', 'utf8')).toBe(errorsPage());
  });

  it.each(Object.entries(errorCatalogue))('tells what %s means and what to do', (code, { status, title }) => {
    const section = errorsPage()
      .split('\n## ')
      .find((text) => text.startsWith(`<a id="${code}">`));
    expect(section).toContain(title);
    expect(section).toContain(String(status));
    expect(section?.length).toBeGreaterThan(title.length + code.length + 80);
  });
});
