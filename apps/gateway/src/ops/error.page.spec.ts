import { describe, expect, it } from '@jest/globals';
import { errorCatalogue, isErrorCode } from '#kernel';
import { errorAdvice } from '#transport';
import { errorReferencePage } from './error.page.js';

/** What a reader sees of the row of a code. */
function textOf(code: string): string {
  const row = errorReferencePage.split('\n').find((line) => line.startsWith(`<tr id="${code}">`)) ?? '';
  return row
    .replace(/<[^>]*>/g, '')
    .replaceAll('&lt;', '<')
    .replaceAll('&amp;', '&');
}

describe('the page of errors that the gateway serves', () => {
  it.each(Object.keys(errorCatalogue).filter(isErrorCode))('says what to do about %s', (code) => {
    expect(textOf(code)).toContain(errorCatalogue[code].title);
    expect(textOf(code)).toContain(errorAdvice[code].replaceAll('`', ''));
  });

  it('marks code as such, and shows what would be a tag', () => {
    expect(errorReferencePage).toContain('Send <code>Authorization: Bearer &lt;key></code>.');
  });
});
