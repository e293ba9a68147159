import { AppError } from '#kernel';

/** Pictures drawn at once: each holds one of at most 25 megapixels decoded. */
const maxDrawing = 2;
/** Those that wait; each holds its file. */
const maxWaiting = 64;

/** Bounds the memory that drawing takes, whoever asks for it. */
export class DrawingGate {
  private drawing = 0;
  private readonly waiting: (() => void)[] = [];

  /** @throws AppError `overloaded` when too many wait, and what `work` throws */
  async pass<T>(work: () => Promise<T>): Promise<T> {
    if (this.drawing >= maxDrawing) {
      if (this.waiting.length >= maxWaiting) {
        const limit = { name: 'pictures waiting to be drawn', value: maxWaiting, unit: 'pictures' };
        throw new AppError('overloaded', { limit, retryAfterS: 1 });
      }
      // Whoever leaves hands its place on, so `drawing` stays as it is.
      await new Promise<void>((resolve) => this.waiting.push(resolve));
    } else this.drawing++;
    try {
      return await work();
    } finally {
      const next = this.waiting.shift();
      if (next === undefined) this.drawing--;
      else next();
    }
  }
}
