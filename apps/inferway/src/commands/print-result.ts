/** Prints an answer for a person (aligned columns) or, with `--json`, for a program. */
export function printResult(result: unknown, json = false): void {
  // Through JSON first, so that an answer looks alike whether it came over the socket or not.
  const plain: unknown = JSON.parse(JSON.stringify(result));
  process.stdout.write(json ? `${visibleLines(JSON.stringify(plain, null, 2))}\n` : asText(plain));
}

/** What a terminal acts upon, or shows in another order than it is written. */
const unseen = /[\p{Cc}\u2028-\u202e\u2066-\u2069]/gu;

/** As JSON escapes it: a name of an earlier version, or of a database that somebody else filled, is text and no more. */
function visible(text: string): string {
  return text.replace(unseen, (each) => `\\u${each.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

function visibleLines(json: string): string {
  return json.split('\n').map(visible).join('\n');
}

function asText(value: unknown): string {
  if (Array.isArray(value)) return value.length === 0 ? '(none)\n' : table(value.filter(isRecord));
  if (!isRecord(value)) return `${cellText(value)}\n`;
  const width = Math.max(...Object.keys(value).map((key) => key.length));
  return Object.entries(value)
    .map(([key, cell]) => `${key.padEnd(width)}  ${cellText(cell)}\n`)
    .join('');
}

function table(rows: readonly Record<string, unknown>[]): string {
  const columns = [...new Set(rows.flatMap((row) => Object.keys(row)))];
  const cells = [columns, ...rows.map((row) => columns.map((column) => cellText(row[column])))];
  const widths = columns.map((_, index) => Math.max(...cells.map((line) => line[index]?.length ?? 0)));
  return cells
    .map(
      (line) =>
        `${line
          .map((cell, index) => cell.padEnd(widths[index] ?? 0))
          .join('  ')
          .trimEnd()}\n`,
    )
    .join('');
}

function cellText(cell: unknown): string {
  if (cell === null || cell === undefined) return '-';
  return visible(typeof cell === 'string' ? cell : JSON.stringify(cell));
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
