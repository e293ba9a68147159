/** Writes the generated half of the SDK below the working directory: `npm run sdk:generate`. */
import { writeFileSync } from 'node:fs';
import { currentSdkSource, sdkSourcePath } from './index.js';

writeFileSync(sdkSourcePath, await currentSdkSource());
