import { z } from 'zod';
import { gatewayEnvironment } from './gateway.config.js';
import { secretSettings } from './settings.js';
import { workerEnvironment } from './worker.config.js';

/** What the Helm chart sets by itself, from values of other names. */
const setByChart = [
  ...secretSettings,
  ...['BUCKET', 'ENDPOINT', 'REGION', 'PREFIX', 'PATH_STYLE'].map((name) => `PAYLOAD_S3_${name}`),
  ...['HOST', 'PORT', 'INFERWAY_MODELS', 'WORKER_MODELS', 'ENGINE_HOSTS'],
];

/**
 * The settings that operators may give the programs through the Helm chart, as JSON Schema: numbers may be written as
 * such in YAML, where the environment has text.
 */
export function chartSettings(): { gatewaySettings: object; workerSettings: object } {
  return { gatewaySettings: settingsOf(gatewayEnvironment), workerSettings: settingsOf(workerEnvironment) };
}

function settingsOf(environment: z.ZodObject): object {
  const { properties = {} } = z.toJSONSchema(environment, { io: 'input', target: 'draft-7' });
  const settings = Object.entries(properties)
    .filter(([name]) => !setByChart.includes(name))
    .map(([name, schema]) => [name, typeof schema === 'object' ? orNumber(schema) : schema] as const);
  return { type: 'object', additionalProperties: false, properties: Object.fromEntries(settings) };
}

function orNumber({ default: _unused, ...schema }: z.core.JSONSchema.BaseSchema): object {
  return schema.pattern?.startsWith('^\\d') === true
    ? { ...schema, type: ['string', 'integer'], minimum: 0 }
    : schema;
}
