import type { VideoStill } from '../ports/video-store.js';

/** A sheet of six by six. */
const maxStills = 36;

/** Keeps frames at even distances, of a video whose length nobody knows before its end: 19 to 36 of more than 36. */
export class KeptStills {
  private kept: VideoStill[] = [];
  private stride = 1;

  add(still: VideoStill): void {
    if (still.index % this.stride !== 0) return;
    if (this.kept.length === maxStills) {
      this.stride *= 2;
      this.kept = this.kept.filter(({ index }) => index % this.stride === 0);
      if (still.index % this.stride !== 0) return;
    }
    this.kept.push(still);
  }

  list(): readonly VideoStill[] {
    return this.kept;
  }
}
