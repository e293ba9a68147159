import { Tensor, type InferenceSession } from 'onnxruntime-node';
import { decodeImage, loadWordPiece, type ModelHandle } from '#inference';
import { photo, questions, texts } from '../workloads.js';
import { maskOf, padded } from './padded.js';
import { openGraph } from './sessions.js';

/** Runs the workload once at a batch size and answers how many items that was. */
export type BareLoop = (batch: number) => Promise<number>;

const photosAPass = 64;

export async function embedLoop(model: ModelHandle): Promise<BareLoop> {
  const { tokenizer, clsTokenId, sepTokenId } = await loadWordPiece(model);
  const session = await openGraph(model, 'main');
  return async (batch) => {
    const rows = texts.map((text) => Int32Array.of(clsTokenId, ...tokenizer.encode(text), sepTokenId));
    rows.sort((a, b) => a.length - b.length);
    for (const part of parts(rows, batch)) {
      await run(session, { input_ids: padded(part), attention_mask: maskOf(part) });
    }
    return rows.length;
  };
}

export async function answerLoop(model: ModelHandle): Promise<BareLoop> {
  const { tokenizer, clsTokenId, sepTokenId } = await loadWordPiece(model);
  const session = await openGraph(model, 'main');
  return async (batch) => {
    const rows = questions.map(({ question, context }) => {
      const asked = Int32Array.of(clsTokenId, ...tokenizer.encode(question), sepTokenId);
      const ids = Int32Array.of(...asked, ...tokenizer.encodeWithOffsets(context).ids, sepTokenId);
      return { ids, types: new Int32Array(ids.length).fill(1, asked.length) };
    });
    rows.sort((a, b) => a.ids.length - b.ids.length);
    for (const part of parts(rows, batch)) {
      const ids = part.map((row) => row.ids);
      const types = padded(part.map((row) => row.types));
      await run(session, { input_ids: padded(ids), attention_mask: maskOf(ids), token_type_ids: types });
    }
    return rows.length;
  };
}

export async function classifyLoop(model: ModelHandle): Promise<BareLoop> {
  const session = await openGraph(model, 'main');
  const { image } = model.manifest;
  if (image === undefined) throw new Error(`${model.ref} has no image specification`);
  return async (batch) => {
    const pixels: Uint8Array[] = [];
    for (let i = 0; i < photosAPass; i++) pixels.push(await decodeImage(photo, image));
    for (const part of parts(pixels, batch)) {
      const data = Buffer.concat(part);
      const dims = [part.length, image.height, image.width, 3];
      await run(session, { pixels: new Tensor('uint8', new Uint8Array(data), dims) });
    }
    return pixels.length;
  };
}

async function run(session: InferenceSession, feeds: Record<string, Tensor>): Promise<void> {
  const outputs = await session.run(feeds);
  for (const { data } of Object.values(outputs)) if (data.length === 0) throw new Error('a run gave nothing');
}

function parts<T>(rows: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(rows.length / size) }, (_, i) =>
    rows.slice(i * size, (i + 1) * size),
  );
}
