import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';
import type { HpaSpec } from './hpa.js';

const chart = join('helm', 'inferway');

const autoscaling = z.object({
  kind: z.enum(['hpa', 'keda']),
  minReplicas: z.int(),
  maxReplicas: z.int(),
  backlogSeconds: z.number(),
  busyPercent: z.number(),
  scaleDownSeconds: z.number(),
  externalBacklog: z.boolean(),
});

const values = z.object({
  poolDefaults: z.object({
    autoscaling,
    engineHosts: z.int(),
    resources: z.object({ limits: z.object({ cpu: z.string().regex(/^\d+$/) }) }),
  }),
  monitoring: z.object({ monitors: z.object({ interval: z.string().regex(/^\d+s$/) }) }),
});

const policies = z.array(
  z.object({ type: z.enum(['Pods', 'Percent']), value: z.number(), periodSeconds: z.number() }),
);
const rules = z.object({ stabilizationWindowSeconds: z.number(), policies });
const behavior = z.object({ scaleUp: rules, scaleDown: rules });

/** A pool's `autoscaling` of the chart. */
export type Autoscaling = z.infer<typeof autoscaling>;

/** What the chart says of scaling, read from its own files: there is nothing here that could differ from it. */
export interface ChartScaling {
  defaults: Autoscaling;
  enginesPerPod: number;
  /** How old a metric may be. */
  scrapeSeconds: number;
  /** Over which busy engines are averaged. */
  busyWindowSeconds: number;
  hpaSpec: (scaling: Autoscaling) => HpaSpec;
}

export function readChartScaling(): ChartScaling {
  const { poolDefaults, monitoring } = values.parse(parse(readFileSync(join(chart, 'values.yaml'), 'utf8')));
  const template = readFileSync(join(chart, 'templates', '_scaling.tpl'), 'utf8');
  return {
    defaults: poolDefaults.autoscaling,
    enginesPerPod: poolDefaults.engineHosts || Number(poolDefaults.resources.limits.cpu),
    scrapeSeconds: Number.parseInt(monitoring.monitors.interval, 10),
    busyWindowSeconds: 60 * Number(found(/\[(\d+)m\]/, template)),
    hpaSpec({ minReplicas, maxReplicas, scaleDownSeconds }) {
      const block = found(/define "inferway.scalingBehavior" -}}\n(.*?){{- end -}}/s, template);
      const text = block.replaceAll(/{{ \.scaleDownSeconds.*?}}/g, String(scaleDownSeconds));
      return { minReplicas, maxReplicas, ...behavior.parse(parse(text)) };
    },
  };
}

function found(pattern: RegExp, text: string): string {
  const [, part] = pattern.exec(text) ?? [];
  if (part === undefined) throw new Error(`the chart's templates have no ${String(pattern)} any more`);
  return part;
}
