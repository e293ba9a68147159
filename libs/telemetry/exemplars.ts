import type { SpanReference } from '#kernel';
import type { Metric } from './metric.catalogue.js';

/** One measurement that stands for its bucket, and the span in which it was made. */
interface Exemplar {
  value: number;
  /** Seconds since the epoch. */
  at: number;
  span: SpanReference;
}

/** W3C Trace Context: the caller's sampler keeps this trace, so an exemplar leads somewhere. */
const sampledFlag = 1;

/**
 * The latest traced measurement of each bucket of each series, as many as there are buckets. OpenTelemetry's SDK for
 * JavaScript has reservoirs for them and fills none (sdk-metrics 3.1), and its Prometheus text has no place for them.
 */
export class Exemplars {
  readonly #latest = new Map<string, Exemplar>();

  note(metric: Metric, value: number, labels: Readonly<Record<string, string>>, span?: SpanReference): void {
    if (span === undefined || (span.traceFlags & sampledFlag) === 0) return;
    const le = metric.buckets?.find((bound) => value <= bound) ?? '+Inf';
    const series = Object.entries({ ...labels, le }).map(([name, label]) => `${name}="${label}"`);
    const at = Date.now() / 1_000;
    this.#latest.set(`${metric.name}_bucket{${series.join(',')}}`, { value, at, span });
  }

  /** @returns what OpenMetrics writes behind a bucket, a line of Prometheus text; empty where nothing is known. */
  behind(line: string): string {
    const exemplar = this.#latest.get(line.slice(0, line.lastIndexOf(' ')));
    if (exemplar === undefined) return '';
    const { value, at, span } = exemplar;
    return ` # {trace_id="${span.traceId}",span_id="${span.spanId}"} ${value} ${at.toFixed(3)}`;
  }
}
