import { readFileSync } from 'node:fs';
import { findPackageJSON } from 'node:module';
import { z } from 'zod';

const path = findPackageJSON(import.meta.url);

/** The product's version, as package.json says. */
export const version = z
  .object({ version: z.string() })
  .parse(path === undefined ? {} : JSON.parse(readFileSync(path, 'utf8'))).version;
