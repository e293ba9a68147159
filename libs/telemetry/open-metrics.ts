import type { Exemplars } from './exemplars.js';

export const openMetricsType = 'application/openmetrics-text';

const comment = /^# (HELP|TYPE) (\S+?)(?:_total)? (.*)$/;
const unit = /^# UNIT /;

/**
 * Prometheus text as OpenMetrics 1.0 with exemplars. Families of counters go without `_total`, which their samples keep.
 * Units go: OpenMetrics wants them in full at the end of the name, as ours are, where OpenTelemetry has `s`.
 */
export function toOpenMetrics(prometheusText: string, exemplars: Exemplars): string {
  const lines = prometheusText.split('\n').filter((line) => line !== '' && !unit.test(line));
  const rewritten = lines.map((line) =>
    line.startsWith('#') ? line.replace(comment, '# $1 $2 $3') : line + exemplars.behind(line),
  );
  return [...rewritten, '# EOF', ''].join('\n');
}
