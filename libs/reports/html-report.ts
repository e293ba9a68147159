import type { InspectionRecord } from '#core';
import { reportContent, type ReportTable } from './report-content.js';
import { verdictColours } from './severity-colours.js';

/** What the page may load, said by itself, as it may be opened from anywhere: its own picture and style. */
const policy = "default-src 'none'; img-src data:; style-src 'unsafe-inline'";

/** On paper one page holds all there may be: the picture takes what rows leave. */
const style = `
@page { size: A4; margin: 12mm }
body { font: 14px/1.4 system-ui, sans-serif; color: #1b1b1b; max-width: 800px; margin: 24px auto; padding: 0 16px }
header { display: flex; justify-content: space-between; align-items: center; gap: 16px }
h1 { font-size: 22px; margin: 0; overflow-wrap: anywhere }
h2 { font-size: 15px; margin: 18px 0 6px }
.verdict { color: #fff; font-weight: 700; padding: 6px 14px; border-radius: 4px; text-transform: uppercase }
img { display: block; max-width: 100%; max-height: 420px; margin: 12px auto; border: 1px solid #ccc }
table { border-collapse: collapse; width: 100%; font-size: 13px; table-layout: fixed }
th, td { text-align: left; vertical-align: top; padding: 3px 8px 3px 0; border-bottom: 1px solid #ddd; overflow-wrap: anywhere }
dl { display: grid; grid-template-columns: max-content 1fr; gap: 2px 12px; font-size: 13px; margin: 0 }
dd { margin: 0; overflow-wrap: anywhere }
footer { margin-top: 16px; color: #555; font-size: 12px }
@media print {
  body { box-sizing: border-box; height: 100vh; margin: 0; padding: 0; max-width: none; display: flex; flex-direction: column }
  body > * { flex: none }
  h1 { display: -webkit-box; -webkit-box-orient: vertical; -webkit-line-clamp: 2; overflow: hidden }
  h2 { font-size: 13px; margin: 8px 0 2px }
  p, footer { margin: 4px 0; font-size: 10px }
  img { flex: 0 1 auto; min-height: 0; object-fit: contain; margin: 4px auto }
  table, dl { font-size: 9.5px }
  th, td { padding: 1px 8px 1px 0; white-space: nowrap; overflow: hidden; text-overflow: ellipsis }
  dl { gap: 0 12px }
}`;

/** A page that holds its picture and its style, loads nothing and runs nothing. @param picture JPEG */
export function htmlReport(record: InspectionRecord, picture: Uint8Array): string {
  const { title, verdict, summary, facts, tables, footer } = reportContent(record);
  const source = `data:image/jpeg;base64,${Buffer.from(picture).toString('base64')}`;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width">
<meta name="referrer" content="no-referrer">
<title>${escape(title)}: ${escape(verdict)}</title>
<style>${style}</style>
</head>
<body>
<header><h1>${escape(title)}</h1><span class="verdict" style="background:${verdictColours[record.verdict]}">${escape(verdict)}</span></header>
<p>${escape(summary)}</p>
<img src="${source}" alt="The inspected picture with its findings">
${tables.map(htmlTable).join('\n')}
<h2>Provenance</h2>
<dl>${facts.map(([name, value]) => `<dt>${escape(name)}</dt><dd>${escape(value)}</dd>`).join('')}</dl>
<footer>${escape(footer)}</footer>
</body>
</html>
`;
}

function htmlTable({ title, head, shares, rows, left }: ReportTable): string {
  if (rows.length === 0) return '';
  const row = (cells: readonly string[], tag: 'td' | 'th') =>
    `<tr>${cells.map((cell) => `<${tag}>${escape(cell)}</${tag}>`).join('')}</tr>`;
  const more = left > 0 ? `<p>and ${left} more, in the JSON of the reply</p>` : '';
  return `<h2>${escape(title)}</h2>
<table><colgroup>${shares.map((share) => `<col style="width:${share}%">`).join('')}</colgroup><thead>${row(head, 'th')}</thead><tbody>${rows.map((cells) => row(cells, 'td')).join('')}</tbody></table>${more}`;
}

const entities: Record<string, string> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

function escape(text: string): string {
  return text.replaceAll(/[&<>"']/g, (character) => entities[character] ?? '');
}
