import { writeFileSync } from 'node:fs';
import process from 'node:process';

/**
 * Jest reporter that writes the file JEST_TALLY, from which scripts/test.sh makes its closing line: first
 * `PASSED FAILED SKIPPED` over the test files in which nothing failed, then `PASSED FAILED SKIPPED PATH` for each of
 * the others. A file that could not be loaded counts as one failed test: its tests were never seen. A run that found
 * no test, or that an interrupt cut short, has failed, and has no file to blame.
 */
export default class TallyReporter {
  onRunComplete(_contexts, results) {
    const isBroken = (file) => file.numFailingTests > 0 || file.testExecError !== undefined;
    const broken = results.testResults.filter(isBroken);
    const sound = results.testResults.filter((file) => !isBroken(file));
    const incomplete = results.wasInterrupted || results.numTotalTestSuites === 0 ? 1 : 0;
    const lines = [
      `${sum(sound, passed)} ${incomplete} ${sum(sound, skipped)}`,
      ...broken.map((file) => `${passed(file)} ${failed(file)} ${skipped(file)} ${file.testFilePath}`),
    ];
    writeFileSync(process.env.JEST_TALLY, `${lines.join('\n')}\n`);
  }
}

const passed = (file) => file.numPassingTests;
const failed = (file) => Math.max(1, file.numFailingTests);
const skipped = (file) => file.numPendingTests + file.numTodoTests;
const sum = (files, count) => files.reduce((total, file) => total + count(file), 0);
