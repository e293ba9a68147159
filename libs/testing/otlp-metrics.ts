import { z } from 'zod';

const count = z.union([z.number(), z.string().transform(Number)]);
const point = z.object({
  attributes: z
    .array(z.object({ key: z.string(), value: z.object({ stringValue: z.string() }) }))
    .default([]),
  asInt: count.optional(),
  asDouble: z.number().optional(),
  count: count.optional(),
});
const points = z.object({ dataPoints: z.array(point) });
const metric = z.object({
  name: z.string(),
  sum: points.optional(),
  gauge: points.optional(),
  histogram: points.optional(),
});
const scopeMetrics = z.object({ metrics: z.array(metric) });
const exportRequest = z.object({
  resourceMetrics: z.array(z.object({ scopeMetrics: z.array(scopeMetrics) })),
});

/** Series of an export by `name{label="value"}`: the value of a counter or gauge, the count of a histogram. */
export type ReceivedMetrics = ReadonlyMap<string, number>;

/** @param body an export of metrics as OTLP's JSON has it */
export function readMetrics(body: unknown): ReceivedMetrics {
  const { resourceMetrics } = exportRequest.parse(body);
  const metrics = resourceMetrics.flatMap((each) => each.scopeMetrics.flatMap((scope) => scope.metrics));
  const series = metrics.flatMap(({ name, sum, gauge, histogram }) => [
    // As every way from OTLP to Prometheus names a counter.
    ...(sum?.dataPoints.map((each) => seriesOf(`${name}_total`, each)) ?? []),
    ...[gauge, histogram].flatMap((kind) => kind?.dataPoints.map((each) => seriesOf(name, each)) ?? []),
  ]);
  return new Map(series);
}

function seriesOf(name: string, { attributes, ...value }: z.infer<typeof point>): [string, number] {
  const labels = attributes.map(({ key, value: { stringValue } }) => `${key}="${stringValue}"`).join();
  return [labels === '' ? name : `${name}{${labels}}`, value.asInt ?? value.asDouble ?? value.count ?? NaN];
}
