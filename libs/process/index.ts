/**
 * process: how a program of ours starts, stops and fails.
 *
 * Owns: faults that an operator can mend and their exit codes (sysexits.h), the folder and the port it was told to use,
 * what was started and must be stopped, signals, the version.
 * Refuses: what a program does.
 */
export { Cleanup } from './cleanup.js';
export { makeFolder } from './make-folder.js';
export { assertPortFree, explainListening, type ListenAddress } from './port.js';
export { runProgram, type RunningProgram } from './run-program.js';
export { settleAll } from './settle-all.js';
export { spawnDependent } from './spawn-dependent.js';
export { explain, exitCodeOf, StartupError } from './startup-error.js';
export { explainSystemError, isSystemError, isUnwritable } from './system-error.js';
export { untilStopped } from './until-stopped.js';
export { version } from './version.js';
