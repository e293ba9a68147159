/** Writes the generated reference below the working directory: `npm run docs`. */
import { readFileSync, writeFileSync } from 'node:fs';
import { z } from 'zod';
import { referenceFiles } from './reference.files.js';

const { version } = z.object({ version: z.string() }).parse(JSON.parse(readFileSync('package.json', 'utf8')));
for (const [path, text] of Object.entries(referenceFiles(version))) writeFileSync(path, text);
