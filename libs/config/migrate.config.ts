import { z } from 'zod';
import { clusterSettings } from './settings.js';

/** The environment of `inferway migrate`: its login may be another than the one that programs run with. */
export const migrateEnvironment = z.object({ DATABASE_URL: clusterSettings.DATABASE_URL });

export interface MigrateConfig {
  databaseUrl: string;
}

export function toMigrateConfig(env: z.output<typeof migrateEnvironment>): MigrateConfig {
  return { databaseUrl: env.DATABASE_URL };
}
