import { writeFileSync } from 'node:fs';
import process from 'node:process';

/**
 * Jest reporter that writes `PASSED FAILED SKIPPED` to the file JEST_TALLY, from which scripts/test.sh makes its
 * closing line. A file that could not be loaded counts as one failed test: its tests were never seen. A run that
 * found no test, or that an interrupt cut short, has failed.
 */
export default class TallyReporter {
  onRunComplete(_contexts, results) {
    const incomplete = results.wasInterrupted || results.numTotalTestSuites === 0 ? 1 : 0;
    const failed = results.numFailedTests + results.numRuntimeErrorTestSuites + incomplete;
    const skipped = results.numPendingTests + results.numTodoTests;
    writeFileSync(process.env.JEST_TALLY, `${results.numPassedTests} ${failed} ${skipped}\n`);
  }
}
