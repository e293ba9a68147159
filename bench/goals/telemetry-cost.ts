import type { BenchResult } from '../result.js';
import { percentile } from '../stats.js';
import { off, recordingCostUs } from '../telemetry/recording-cost.js';
import { SpanSink } from '../telemetry/span-sink.js';
import type { Goal } from './goal.js';

const task = 'translate';
const pairs = 10;
/** Of each turn: 3 s, most of them pauses in which spans leave. */
const recordings = 12_000;

/**
 * What metrics, spans and their export add to the CPU of a translation, each of them traced: the median of ten interleaved
 * pairs with telemetry off and on, over what a translation costs at saturation. Recorded alone, as two servers of one
 * program differ by more than that (`bench:telemetry`).
 */
export async function telemetryCost(rows: readonly BenchResult[]): Promise<Goal[]> {
  const served = rows.filter((row) => row.task === task && row.topology === 'http');
  if (served.length === 0) return [];
  const requestUs = 1_000 * Math.min(...served.map(({ cpuMsPerItem }) => cpuMsPerItem));
  const sink = await SpanSink.open();
  const on = { OTEL_EXPORTER_OTLP_ENDPOINT: sink.url };
  const added: number[] = [];
  for (let pair = 0; pair < pairs; pair++) {
    const without = await recordingCostUs(off, recordings);
    added.push((await recordingCostUs(on, recordings)) - without);
  }
  sink.close();
  const recordingUs = percentile(added, 0.5);
  return [
    {
      name: `telemetry, of the CPU of a request, ${task}`,
      value: (100 * recordingUs) / requestUs,
      unit: '%',
      atMost: 3,
      facts: { recordingUs, requestUs },
    },
  ];
}
