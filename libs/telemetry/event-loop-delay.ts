import { monitorEventLoopDelay } from 'node:perf_hooks';

/**
 * Sampling step of the monitor; its histogram counts this step as delay, so it is taken off again. Each sample wakes the
 * process: 2.4 CPU-ms a second at 10 ms, 0.9 at 50, which still is 300 samples between two scrapes.
 */
const resolutionMs = 50;

type Monitor = Pick<ReturnType<typeof monitorEventLoopDelay>, 'enable' | 'disable' | 'percentile' | 'reset'>;

/** How late the event loop was, the 99th percentile since the last reading. */
export class EventLoopDelay {
  private lastS = 0;

  /** @param readers with more than one, each ends the window of the others, so a reading counts the one before, too */
  constructor(
    private readonly readers: number,
    private readonly histogram: Monitor = monitorEventLoopDelay({ resolution: resolutionMs }),
  ) {
    this.histogram.enable();
  }

  readS(): number {
    const p99Ms = this.histogram.percentile(99) / 1e6;
    this.histogram.reset();
    const nowS = Math.max(0, p99Ms - resolutionMs) / 1000;
    const seenS = this.readers > 1 ? Math.max(nowS, this.lastS) : nowS;
    this.lastS = nowS;
    return seenS;
  }

  close(): void {
    this.histogram.disable();
  }
}
