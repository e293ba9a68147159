import { errorCatalogue, isErrorCode } from '#kernel';
import { errorAdvice } from '#transport';

const rows = Object.keys(errorCatalogue)
  .filter(isErrorCode)
  .map((code) => {
    const { status, title, retryable } = errorCatalogue[code];
    const cells = [
      `<code>${code}</code>`,
      status,
      title,
      toHtml(errorAdvice[code]),
      retryable ? 'yes' : 'no',
    ];
    return `<tr id="${code}">${cells.map((cell) => `<td>${cell}</td>`).join('')}</tr>`;
  })
  .join('\n');

/** Code is all that the advice has of Markdown. */
function toHtml(markdown: string): string {
  const escaped = markdown.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
  return escaped.replace(/`([^`]+)`/g, '<code>$1</code>');
}

/**
 * Where a problem's `type` points: every code with its status, meaning, what to do, and whether the same request may
 * succeed later.
 */
export const errorReferencePage = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>Inferway errors</title>
<style>body{font:16px/1.5 system-ui;max-width:80rem;margin:2rem auto;padding:0 1rem}td,th{text-align:left;vertical-align:top;padding:.3rem 1rem .3rem 0}tr:target{background:#ffc}</style>
<h1>Errors</h1>
<table>
<tr><th>code</th><th>status</th><th>meaning</th><th>what to do</th><th>retry unchanged</th></tr>
${rows}
</table>
</html>
`;
