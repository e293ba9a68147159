import type { TaskContract } from '#contracts';
import type { ItemResult } from '#core';
import type { InferenceOutputs, ModelCatalogue, ModelHandle, RowInputs } from '#inference';

/** What a pipeline may do while it answers one item. */
export interface ItemRun {
  /** Aborts when the caller went away or the deadline passed. */
  readonly signal: AbortSignal;
  /** Runs one row through a model; rows of all items and tenants share batches. */
  infer(model: ModelHandle, inputs: RowInputs): Promise<InferenceOutputs>;
}

/** Answers one item: encode, infer (as often as needed, side by side), decode. `model` is `name@revision`. */
export type ProcessItem<Item, ItemOutput> = (
  item: Item,
  run: ItemRun,
) => Promise<{ output: ItemOutput; model: string }>;

/** The worker's half of a task, its item types checked at run time. */
export interface TaskPipeline {
  readonly taskId: string;
  /** Loads tokenizers and labels; throws when no model in the catalogue serves the task. */
  start(models: ModelCatalogue): Promise<(item: unknown, run: ItemRun) => Promise<ItemResult>>;
}

/** Fixes the types of a pipeline to those of its contract, by which every item from the queue is parsed again. */
export function definePipeline<Item, ItemOutput>(
  task: Pick<
    TaskContract<string, TaskContract['input'], Item, ItemOutput>,
    'id' | 'item' | 'itemOutput' | 'amount'
  >,
  start: (models: ModelCatalogue) => Promise<ProcessItem<Item, ItemOutput>>,
): TaskPipeline {
  return {
    taskId: task.id,
    async start(models) {
      const process = await start(models);
      return async (unchecked, run) => {
        const item = task.item.parse(unchecked);
        return { ...(await process(item, run)), units: task.amount(item) };
      };
    },
  };
}
