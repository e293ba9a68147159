/** Writes the dashboards below the working directory: part of `npm run docs:chart`. */
import { writeFileSync } from 'node:fs';
import { dashboards, textOf } from './index.js';

for (const [name, content] of Object.entries(dashboards))
  writeFileSync(`helm/inferway/dashboards/${name}`, textOf(content));
