/** From a supervisor, a keyboard, and a terminal that was closed. */
const signals = ['SIGTERM', 'SIGINT', 'SIGHUP'] as const;

/** Resolves at the first signal; a second one ends the process at once (Node's default). */
export function untilStopped(): Promise<void> {
  return new Promise((resolve) => {
    const stop = () => {
      for (const signal of signals) process.removeListener(signal, stop);
      resolve();
    };
    for (const signal of signals) process.once(signal, stop);
  });
}
