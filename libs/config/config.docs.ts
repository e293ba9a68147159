import { z } from 'zod';
import { gatewayEnvironment } from './gateway.config.js';
import { hubEnvironment } from './hub.config.js';
import { migrateEnvironment } from './migrate.config.js';
import { proxyEnvironment } from './proxy.config.js';
import { serveEnvironment } from './serve.config.js';
import { secretSettings } from './settings.js';
import { telemetrySettings } from './telemetry.config.js';
import { workerEnvironment } from './worker.config.js';

/** Defaults that depend on the machine are told in words. */
const computed: Record<string, string> = {
  INFERWAY_HOME: '`./.inferway`',
  INFERWAY_MODELS: '`$HOME/.cache/inferway/models`',
  ENGINE_HOSTS: 'the CPU quota',
};

const programs = [
  { title: '`inferway serve`: everything in one process', schema: serveEnvironment },
  { title: 'The gateway of a cluster', schema: gatewayEnvironment },
  { title: 'A worker of a cluster', schema: workerEnvironment },
  { title: '`inferway models pull`', schema: hubEnvironment },
  { title: 'Downloads: `inferway models pull`, and `unpack` of an address', schema: proxyEnvironment },
  { title: '`inferway migrate`: before the programs of a cluster', schema: migrateEnvironment },
];

const telemetry = z.object(telemetrySettings);

/** docs/configuration.md, from the schemas. */
export function configurationDocs(): string {
  return [
    '# Configuration',
    '',
    'Programs read environment variables; every mistake is told at once, and the exit code is 78.',
    `${secretSettings.map((name) => `\`${name}\``).join(', ')} may be given as files, by the name with \`_FILE\`. White space around is dropped; an empty file is an error.`,
    ...programs.flatMap(({ title, schema }) => ['', `## ${title}`, '', ...table(own(schema))]),
    '',
    '## Telemetry, of every program',
    '',
    'The names are those of OpenTelemetry; [what is recorded, and what it costs](telemetry.md).',
    '',
    ...table(telemetry),
    '',
  ].join('\n');
}

/** A program's settings without those that all have and that have a section of their own. */
function own(schema: z.ZodObject): z.ZodObject {
  return z.object(
    Object.fromEntries(Object.entries(schema.shape).filter(([name]) => !(name in telemetrySettings))),
  );
}

function table(schema: z.ZodObject): string[] {
  const rows = Object.entries(schema.shape).map(
    ([name, setting]) => `| \`${name}\` | ${fallbackOf(name, setting)} | ${descriptionOf(setting)} |`,
  );
  return ['| variable | default | meaning |', '|---|---|---|', ...rows];
}

function fallbackOf(name: string, setting: unknown): string {
  if (computed[name] !== undefined) return computed[name];
  if (setting instanceof z.ZodDefault) return `\`${String(setting.def.defaultValue)}\``;
  return setting instanceof z.ZodOptional ? 'none' : '**required**';
}

function descriptionOf(setting: unknown): string {
  return setting instanceof z.ZodType ? (setting.description ?? '') : '';
}
