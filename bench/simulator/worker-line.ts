import type { VirtualTime } from './virtual-time.js';

/**
 * Turns that programs have on a job's way while nothing else is there: the gateway submits and hands over, a worker is
 * woken, looks once more, claims and starts, settles, and the gateway reads the reply.
 */
export const turnsOnTheWay = 8;
const turns = {
  /** From the taking to the engine: another look, the claim, the start. */
  toEngine: 3,
  /** Until a worker that has started a parcel looks for more, which it does before it waits again. */
  toNextLook: 1,
  /** From the last answer until the place is free: the settlement, BullMQ's own end of the job. */
  toEnd: 2,
} as const;

/** How long one turn takes: a draw, as programs wait for a core or for Redis. The mean is a whole way, measured alone. */
export function drawTurn(wayMs: number, random: () => number): () => number {
  return () => (-wayMs / turnsOnTheWay) * Math.log(1 - random());
}

export interface Taker<P> {
  /** Parcels that it takes side by side at most. */
  readonly concurrency: number;
  /** @param onEnd to be called when all of it is answered */
  take: (parcel: P, onEnd: () => void) => void;
}

interface Place<P> {
  readonly taker: Taker<P>;
  held: number;
  /** Full: looks for nothing before a parcel has ended. */
  stopped: boolean;
  left: boolean;
}

/**
 * How BullMQ gives the parcels of one task to workers. They block on one marker, and Redis wakes who has waited longest,
 * busy or not: a worker waits for more work until it holds as many parcels as it may. Whoever takes a parcel leaves a marker
 * for the next in line even where nothing is left. Both look once more and go back in line, the first after it has started
 * its job, so that the one that was woken for nothing is mostly there before it: who is next is neither chance nor in turn.
 * A parcel that ends takes what just waits.
 */
export class WorkerLine<P> {
  private readonly parcels: P[] = [];
  private readonly line: Place<P>[] = [];
  private readonly places = new Map<Taker<P>, Place<P>>();
  private marked = false;

  constructor(
    private readonly time: VirtualTime,
    private readonly turnMs: () => number,
    private readonly startMs: number,
  ) {}

  join(taker: Taker<P>): void {
    const place = { taker, held: 0, stopped: false, left: false };
    this.places.set(taker, place);
    this.line.push(place);
    this.wake();
  }

  /** Takes nothing more; what it holds, it ends. */
  leave(taker: Taker<P>): void {
    const place = this.places.get(taker);
    if (place === undefined) return;
    place.left = true;
    this.places.delete(taker);
    const at = this.line.indexOf(place);
    if (at >= 0) this.line.splice(at, 1);
  }

  add(parcels: readonly P[]): void {
    if (parcels.length === 0) return;
    this.parcels.push(...parcels);
    this.mark();
  }

  /** @param action happens so many turns of a program later */
  after(count: number, action: () => void): void {
    let at = this.time.now();
    for (let turn = 0; turn < count; turn++) at += this.turnMs();
    this.time.at(at, action);
  }

  private mark(): void {
    this.marked = true;
    this.wake();
  }

  private wake(): void {
    if (!this.marked) return;
    const first = this.line.shift();
    if (first === undefined) return;
    this.marked = false;
    this.lookAfter(1, first);
  }

  private lookAfter(count: number, place: Place<P>): void {
    this.after(count, () => {
      this.look(place);
    });
  }

  private look(place: Place<P>): void {
    if (place.left) this.mark();
    else if (this.give(place)) this.goOn(place);
    else {
      this.after(1, () => {
        if (place.left) return;
        this.line.push(place);
        this.wake();
      });
    }
  }

  private goOn(place: Place<P>): void {
    place.stopped = place.held >= place.taker.concurrency;
    if (place.stopped) return;
    this.time.at(this.time.now() + this.startMs, () => {
      this.lookAfter(turns.toNextLook, place);
    });
  }

  private give(place: Place<P>): boolean {
    const parcel = this.parcels.shift();
    if (parcel === undefined) return false;
    place.held++;
    this.mark();
    this.after(turns.toEngine, () => {
      place.taker.take(parcel, () => {
        this.after(turns.toEnd, () => {
          this.end(place);
        });
      });
    });
    return true;
  }

  private end(place: Place<P>): void {
    place.held--;
    if (place.left) return;
    if (!place.stopped) this.give(place);
    else if (place.held < place.taker.concurrency) {
      place.stopped = false;
      this.look(place);
    }
  }
}
