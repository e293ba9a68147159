import { z } from 'zod';
import { defineTask, itemError, modelChoice, type TaskContract } from '#contracts';

/** What became of a row. */
const rowReply = z.discriminatedUnion('ok', [
  z.object({ ok: z.literal(true), output: z.record(z.string(), z.unknown()) }),
  z.object({ ok: z.literal(false), error: itemError }),
]);
export type RowReply = z.output<typeof rowReply>;

/** What the task answers, one a row. */
export const rowsReply = z.object({ rows: z.array(rowReply) });

/**
 * A task as tensors ask for it: any number of its inputs, each with options of its own, in one request. Its rows are items
 * of one envelope, so limits, fair batches, metering and idempotency are those of the task. An error is a row's where
 * there are several, as with the lists of the other surfaces.
 */
export function rowsOf(task: TaskContract): TaskContract {
  return defineTask({
    ...task,
    input: z.object({ rows: z.array(task.input), model: modelChoice().optional() }),
    output: rowsReply,
    item: task.item,
    itemOutput: task.itemOutput,
    example: { rows: [task.example] },
    split: ({ rows }) => ({
      items: rows.flatMap((row) => task.split(row).items),
      partial: rows.length > 1,
    }),
    amount: (item) => task.amount(item),
    reply: (outcomes) => ({ rows: outcomes.map((outcome) => rowReply.parse(outcome)) }),
  });
}
