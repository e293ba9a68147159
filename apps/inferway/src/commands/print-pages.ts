import { z } from 'zod';
import { withAdmin } from '../admin/run-admin-command.js';
import type { AdminCommandName } from '../admin/admin-commands.js';
import { printResult } from './print-result.js';

/** Rows of one answer; an answer is one line on the admin socket. */
const pageRows = 200;
const cursorShape = z.object({ nextCursor: z.string().optional() });

/** Prints a list that comes page by page, whole or up to `most` rows. */
export async function printPages(
  command: AdminCommandName,
  field: string,
  { json, most = Infinity, ...input }: { json?: boolean | undefined; most?: number | undefined } & object,
): Promise<void> {
  const page = z.object({ [field]: z.array(z.unknown()) });
  const rows: unknown[] = [];
  await withAdmin(async (run) => {
    let cursor: string | undefined;
    do {
      const limit = Math.min(pageRows, most - rows.length);
      const answer = await run(command, { ...input, limit, ...(cursor !== undefined && { cursor }) });
      rows.push(...(page.parse(answer)[field] ?? []));
      cursor = cursorShape.parse(answer).nextCursor;
    } while (cursor !== undefined && rows.length < most);
  });
  printResult(rows, json);
}
