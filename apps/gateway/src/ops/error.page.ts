import { errorCatalogue } from '#kernel';

const rows = Object.entries(errorCatalogue)
  .map(
    ([code, { status, title, retryable }]) =>
      `<tr id="${code}"><td><code>${code}</code></td><td>${status}</td><td>${title}</td><td>${retryable ? 'yes' : 'no'}</td></tr>`,
  )
  .join('\n');

/** Where a problem's `type` points: every code with its status, meaning, and whether the same request may succeed later. */
export const errorReferencePage = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>Inferway errors</title>
<style>body{font:16px/1.5 system-ui;max-width:60rem;margin:2rem auto}td,th{text-align:left;padding:.3rem 1rem .3rem 0}tr:target{background:#ffc}</style>
<h1>Errors</h1>
<table>
<tr><th>code</th><th>status</th><th>meaning</th><th>retry unchanged</th></tr>
${rows}
</table>
</html>
`;
