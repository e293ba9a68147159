/**
 * Writes the programs' settings into helm/inferway/values.schema.json, where all else is written by hand:
 * `npm run docs:chart`. A spec fails while the two differ.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { z } from 'zod';
import { chartSettings } from '#config';

const file = 'helm/inferway/values.schema.json';
const json = z.record(z.string(), z.unknown());

/** The file as it should be. */
export function valuesSchema(): string {
  const schema = json.parse(JSON.parse(readFileSync(file, 'utf8')));
  const definitions = { ...json.parse(schema['definitions']), ...chartSettings() };
  return `${JSON.stringify({ ...schema, definitions }, null, 2)}\n`;
}

if (import.meta.main) writeFileSync(file, valuesSchema());
