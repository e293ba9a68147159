import { systemClock, wallClock, type Clock } from '#kernel';

/** `Date` has whole milliseconds, and a clock that is steered drifts by less between spans: no reason to date anew. */
const toleranceMs = 2;

/** The dates of one span: what it measured, as far from the calendar as when it began. */
export interface SpanDates extends Clock {
  /** @param measured a time of the clock that measures */
  of(measured: number): number;
}

/**
 * When spans were, by the machine's clock, although everything they know was measured by one that does not follow it: one
 * that stood still while the machine slept would date a night's traces to the evening before. Within a span there is one
 * distance between the two, so none lasts longer or shorter than was measured, whoever sets the clock meanwhile.
 */
export class SpanCalendar {
  private distanceMs = 0;

  constructor(
    private readonly measuring: Clock = systemClock,
    private readonly calendar: Clock = wallClock,
  ) {}

  /** For a span that begins now. */
  begin(): SpanDates {
    const nowMs = this.calendar.now() - this.measuring.now();
    // Spans of a trace share it to the microsecond: each with its own rounding, a child could begin before its parent.
    if (Math.abs(nowMs - this.distanceMs) > toleranceMs) this.distanceMs = nowMs;
    const { measuring, distanceMs } = this;
    return { now: () => measuring.now() + distanceMs, of: (measured) => measured + distanceMs };
  }
}
