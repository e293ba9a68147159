import { loadWordPiece, type ModelHandle } from '#inference';
import { questions, texts } from '../workloads.js';
import { maskOf, padded } from './padded.js';
import { openGraph, type Feeds } from './sessions.js';

/** Runs the workload once at a batch size and answers how many items that was. */
export type BareLoop = (batch: number) => Promise<number>;
/** The workload as the inputs of runs of `batch` rows, shortest rows first. */
export type MakeFeeds = (batch: number) => Promise<Feeds[]>;

export async function embedFeeds(model: ModelHandle): Promise<MakeFeeds> {
  const { tokenizer, clsTokenId, sepTokenId } = await loadWordPiece(model);
  return (batch) => {
    const rows = texts.map((text) => Int32Array.of(clsTokenId, ...tokenizer.encode(text), sepTokenId));
    rows.sort((a, b) => a.length - b.length);
    return Promise.resolve(
      parts(rows, batch).map((part) => ({ input_ids: padded(part), attention_mask: maskOf(part) })),
    );
  };
}

export async function answerFeeds(model: ModelHandle): Promise<MakeFeeds> {
  const { tokenizer, clsTokenId, sepTokenId } = await loadWordPiece(model);
  return (batch) => {
    const rows = questions.map(({ question, context }) => {
      const asked = Int32Array.of(clsTokenId, ...tokenizer.encode(question), sepTokenId);
      const ids = Int32Array.of(...asked, ...tokenizer.encodeWithOffsets(context).ids, sepTokenId);
      return { ids, types: new Int32Array(ids.length).fill(1, asked.length) };
    });
    rows.sort((a, b) => a.ids.length - b.ids.length);
    return Promise.resolve(
      parts(rows, batch).map((part) => {
        const ids = part.map((row) => row.ids);
        const types = padded(part.map((row) => row.types));
        return { input_ids: padded(ids), attention_mask: maskOf(ids), token_type_ids: types };
      }),
    );
  };
}

/** Inputs made anew in every pass, as tokenising and decoding are part of the work. */
export function singlePassLoop(
  feedsOf: (model: ModelHandle) => Promise<MakeFeeds>,
): (model: ModelHandle) => Promise<BareLoop> {
  return async (model) => {
    const makeFeeds = await feedsOf(model);
    const session = await openGraph(model, 'main');
    return async (batch) => {
      let items = 0;
      for (const feeds of await makeFeeds(batch)) {
        const outputs = await session.run(feeds);
        for (const { data } of Object.values(outputs))
          if (data.length === 0) throw new Error('a run gave nothing');
        items += Object.values(feeds)[0]?.dims[0] ?? 0;
      }
      return items;
    };
  };
}

/** Of at most `size` each. */
export function parts<T>(rows: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(rows.length / size) }, (_, i) =>
    rows.slice(i * size, (i + 1) * size),
  );
}
