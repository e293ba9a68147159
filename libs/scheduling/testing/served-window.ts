import { FairAccounts } from '../fair-accounts.js';
import type { FairEntry } from '../fair-queue.js';
import { IndexedHeap, type HeapItem } from '../indexed-heap.js';
import { ReleaseWindow } from '../release-window.js';

interface Asked {
  readonly tenantId: string;
  readonly askedAt: number;
  readonly deadlineAt: number;
  answeredAt?: number;
  retryAfterS?: number;
  expired?: true;
}

interface Ask {
  tenantId: string;
  deadlineMs: number;
  weight?: number;
  costMs?: number;
}

interface Event extends HeapItem {
  at: number;
  sequence: number;
  action: () => void;
}

const usualCostMs = 16;
/** An engine is somewhat slower than predicted: the rate has to be measured. */
const slowdown = 1.25;

/** Callers and engines around a real release window, on a virtual clock. */
export class ServedWindow {
  now = 0;
  private readonly window: ReleaseWindow<Asked>;
  private readonly asked: Asked[] = [];
  private readonly released: FairEntry<Asked>[] = [];
  private readonly events = new IndexedHeap<Event>((a, b) =>
    a.at === b.at ? a.sequence < b.sequence : a.at < b.at,
  );
  private idleEngines: number;
  private sequence = 0;

  constructor(private readonly options: { engines: number; withDoor: boolean }) {
    const { engines } = options;
    this.idleEngines = engines;
    const clock = { now: () => this.now };
    this.window = new ReleaseWindow({ clock, windowMs: 100 * engines, engines }, new FairAccounts());
  }

  at(at: number, action: () => void): void {
    this.events.push({ at, sequence: this.sequence++, action, heapIndex: -1 });
  }

  run(): void {
    for (let event = this.events.peek(); event !== undefined; event = this.events.peek()) {
      this.events.remove(event);
      this.now = event.at;
      event.action();
    }
  }

  /** Six seconds of load, all of it answered, and one to forget about it. */
  learnRate(): void {
    for (let i = 0; i < 300 * this.options.engines; i++) this.ask({ tenantId: 'earlier', deadlineMs: 7_000 });
    this.run();
  }

  ask({ tenantId, deadlineMs, weight = 1, costMs = usualCostMs }: Ask): void {
    const asked: Asked = { tenantId, askedAt: this.now, deadlineAt: this.now + deadlineMs };
    this.asked.push(asked);
    const late = this.window.lateByRate({ tenantId, weight, costMs }, deadlineMs);
    if (late !== undefined && this.options.withDoor) {
      asked.retryAfterS = late;
      return;
    }
    const entry = { tenantId, weight, costMs, value: asked };
    this.window.push('interactive', entry);
    this.at(asked.deadlineAt, () => {
      if (asked.answeredAt !== undefined) return;
      asked.expired = true;
      this.window.remove(entry);
    });
    this.feed();
  }

  /** What became of what a tenant has asked since then. */
  counts(tenantId: string, since: number) {
    const own = this.asked.filter((each) => each.tenantId === tenantId && each.askedAt >= since);
    const answered = own.filter(({ answeredAt }) => answeredAt !== undefined);
    const inTime = answered.filter(
      ({ answeredAt = Infinity, deadlineAt }) => answeredAt <= deadlineAt,
    ).length;
    const refused = own.flatMap(({ retryAfterS }) => (retryAfterS === undefined ? [] : [retryAfterS]));
    const late = own.length - inTime - refused.length;
    const last = own.at(-1);
    const lastAnsweredAfterMs = (last?.answeredAt ?? Infinity) - (last?.askedAt ?? 0);
    return { inTime, late, refused: refused.length, retryAfterS: refused, lastAnsweredAfterMs };
  }

  private feed(): void {
    this.released.push(...this.window.release());
    while (this.idleEngines > 0) {
      const entry = this.released.shift();
      if (entry === undefined) return;
      // As an engine's batcher does: what nobody waits for any more is not begun, and gives its place back.
      if (entry.value.expired === true) {
        this.window.end(entry, 0);
        this.feed();
        return;
      }
      this.idleEngines--;
      this.at(this.now + slowdown * entry.costMs, () => this.finish(entry));
    }
  }

  private finish(entry: FairEntry<Asked>): void {
    this.idleEngines++;
    entry.value.answeredAt = this.now;
    this.window.end(entry, entry.costMs);
    this.feed();
  }
}
