import type { z } from 'zod';
import type { ItemError } from './problem.js';
import type { Unit } from './usage.js';

/** What became of one item, as a task's `reply` sees it. */
export type ItemReply<T> = { ok: true; output: T } | { ok: false; error: ItemError };

/** A request broken into items, each answerable alone. */
export interface Split<Item> {
  items: Item[];
  /** True when an item's error stands inside the reply; false when it is the error of the whole request. */
  partial: boolean;
}

/**
 * The only definition of a task's input and output: REST validation, OpenAPI, GraphQL, the job payload and the SDK
 * derive from it. `item` and `itemOutput` are what crosses the queue; `input` and `output` what callers see.
 */
export interface TaskContract<
  Id extends string = string,
  Input extends z.ZodObject = z.ZodObject,
  Item = unknown,
  ItemOutput = unknown,
  Output extends z.ZodObject = z.ZodObject,
> {
  /** Kebab-case; names the folder, the queue lane, the metric label and the usage row. */
  readonly id: Id;
  /** One sentence for the API reference. */
  readonly summary: string;
  /** REST path below the origin, e.g. `/v1/translate`. */
  readonly path: string;
  /** GraphQL query field, e.g. `classifyImage`. */
  readonly field: string;
  readonly input: Input;
  readonly output: Output;
  readonly item: z.ZodType<Item>;
  readonly itemOutput: z.ZodType<ItemOutput>;
  readonly unit: Unit;
  /** Deadline when the caller names none, in milliseconds. */
  readonly timeoutMs: number;
  /** A body that works as pasted; shown in the API reference. */
  readonly example: z.input<Input>;
  split(input: z.output<Input>): Split<Item>;
  /** Billed units of one item; also its size for admission, before any tokenizer has seen it. */
  amount(item: Item): number;
  reply(outcomes: readonly ItemReply<ItemOutput>[], input: z.output<Input>): z.input<Output>;
}

/** Fixes the types of a contract; the registry in `tasks` does the rest. */
export function defineTask<
  const Id extends string,
  Input extends z.ZodObject,
  Item,
  ItemOutput,
  Output extends z.ZodObject,
>(
  contract: TaskContract<Id, Input, Item, ItemOutput, Output>,
): TaskContract<Id, Input, Item, ItemOutput, Output> {
  return contract;
}
