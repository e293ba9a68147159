import { z } from 'zod';
import { serveEnvironment } from './serve.config.js';

/** Defaults that depend on the machine are told in words. */
const computed: Record<string, string> = {
  INFERWAY_HOME: '`./.inferway`',
  INFERWAY_MODELS: '`$HOME/.cache/inferway/models`',
  ENGINE_HOSTS: 'the CPU quota',
};

/** docs/configuration.md, from the schema. */
export function configurationDocs(): string {
  const rows = Object.entries(serveEnvironment.shape).map(([name, schema]) => {
    const fallback =
      computed[name] ?? (schema instanceof z.ZodDefault ? `\`${String(schema.def.defaultValue)}\`` : 'none');
    return `| \`${name}\` | ${fallback} | ${schema.description ?? ''} |`;
  });
  return [
    '# Configuration',
    '',
    '`inferway serve` reads these environment variables; every mistake is told at once, and the exit code is 78.',
    '',
    '| variable | default | meaning |',
    '|---|---|---|',
    ...rows,
    '',
  ].join('\n');
}
