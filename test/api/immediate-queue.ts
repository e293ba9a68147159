import type { ItemOutcome, JobEnvelope, JobReply } from '#contracts';
import { JobQueue, type QueueDepth } from '#core';
import { decodeImage } from '#inference';
import { AppError } from '#kernel';
import { tasks } from '#tasks';

const timings = {
  queueMs: 0.1,
  batchMs: 0.2,
  encodeMs: 0.3,
  inferenceMs: 0.4,
  decodeMs: 0.5,
  computeMs: 0.4,
  paddingMs: 0,
};

/** Units that it bills for any text. */
export const billedUnits = 7;

/** A queue that answers at once: what the surface does with a reply is under test here, not how it is found. */
export class ImmediateQueue extends JobQueue {
  /** Jobs whose first item mentions this wait until `release` is called. */
  static readonly holdWord = '[hold]';
  readonly submitted: JobEnvelope[] = [];
  /** What it refuses every job with, while it is set. */
  refusal: AppError | undefined;
  private readonly held: (() => void)[] = [];
  private readonly onAbort: (() => void)[] = [];
  private readonly waiting: { count: number; resolve: () => void }[] = [];

  release(): void {
    for (const resume of this.held.splice(0)) resume();
  }

  /** Resolves when this many jobs have been submitted. */
  arrived(count: number): Promise<void> {
    if (this.submitted.length >= count) return Promise.resolve();
    return new Promise((resolve) => this.waiting.push({ count, resolve }));
  }

  /** Resolves when the next held job is aborted. */
  aborted(): Promise<void> {
    return new Promise((resolve) => this.onAbort.push(resolve));
  }

  async submit(envelope: JobEnvelope, signal: AbortSignal): Promise<JobReply> {
    if (this.refusal !== undefined) throw this.refusal;
    this.submitted.push(envelope);
    for (const { count, resolve } of this.waiting) if (this.submitted.length >= count) resolve();
    if (JSON.stringify(envelope.items[0]).includes(ImmediateQueue.holdWord)) {
      await new Promise<void>((resolve, reject) => {
        this.held.push(resolve);
        signal.addEventListener('abort', () => {
          reject(new AppError('request.cancelled'));
          for (const notify of this.onAbort.splice(0)) notify();
        });
      });
    }
    const outcomes = await Promise.all(
      envelope.items.map((item, i) => answer(envelope.task, item, envelope.models?.[i] ?? undefined)),
    );
    return { version: 1, requestId: envelope.requestId, outcomes };
  }

  backlog(): QueueDepth[] {
    return [];
  }
  close(): Promise<void> {
    return Promise.resolve();
  }
}

const pairs = ['en→pt', 'pt→en'];
const imageSpec = {
  width: 224,
  height: 224,
  resize: 'centre-crop',
  cropFraction: 0.875,
  interpolation: 'bicubic',
} as const;

/** Deterministic answers of the shape each contract promises. */
async function answer(taskId: string, item: unknown, model?: string): Promise<ItemOutcome> {
  const task = tasks.find(({ id }) => id === taskId);
  if (task === undefined) throw new Error(`no task ${taskId}`);
  const input = task.item.parse(item);
  if ('target' in input && !['en', 'pt', 'pt-BR'].includes(input.target)) {
    return failed(new AppError('language.unsupported', { supported: pairs }));
  }
  if ('truncate' in input && input.text.length > 5_000) return failed(new AppError('text.too_long'));
  if (model === 'unicorns') {
    const issues = [{ path: 'model', message: `is not a model that serves ${taskId}` }];
    return failed(new AppError('request.invalid', { issues, supported: [`${taskId}-test@1`] }));
  }
  if ('iouThreshold' in input && input.labels?.includes('unicorn')) {
    const issues = [{ path: 'labels[0]', message: 'is not a label of this model' }];
    return failed(new AppError('request.invalid', { issues, supported: ['cat'] }));
  }
  if ('image' in input) {
    const refusal = await decodeImage(input.image, imageSpec).then(
      () => undefined,
      (error: unknown) => AppError.from(error),
    );
    if (refusal !== undefined) return failed(refusal);
  }
  const output = task.itemOutput.parse(outputs[task.id](input, model));
  return { ok: true, output, model: `${task.id}-test@1`, units: 'image' in input ? 1 : billedUnits, timings };
}

const outputs: Record<(typeof tasks)[number]['id'], (input: object, model?: string) => unknown> = {
  translate: (input) => ({ text: 'text' in input ? input.text : '', detectedSource: 'en' }),
  answer: () => ({
    answers: [{ text: 'nine', score: 0.9, contextIndex: 0, start: 68, end: 72 }],
    noAnswerScore: 0.1,
  }),
  embed: () => ({ embedding: [0.6, 0.8] }),
  'classify-image': () => ({ labels: [{ label: 'tabby', score: 0.7 }] }),
  'detect-objects': () => ({
    detections: [{ label: 'cat', score: 0.6, box: { x: 1.5, y: 0, width: 438, height: 298 } }],
  }),
  // The picture that is asked about shows nobody.
  'segment-image': (_, model) => ({
    ...segmented,
    ...(model === 'person-matting' && { regions: [], classes: [] }),
  }),
};

const segmented = {
  width: 4,
  height: 2,
  regions: [
    {
      label: 'nucleus',
      score: 0.9,
      box: { x: 1, y: 0, width: 2, height: 1 },
      area: 2,
      areaPercent: 25,
      rle: { size: [2, 4], counts: '21110' },
      polygons: [[1, 0, 3, 0, 3, 1, 1, 1]],
    },
  ],
  classes: [{ label: 'nucleus', regions: 1, area: 2, areaPercent: 25 }],
  simplifiedBy: 1,
};

function failed({ code, facts }: AppError): ItemOutcome {
  return { ok: false, error: { code, facts: { ...facts } }, timings };
}
