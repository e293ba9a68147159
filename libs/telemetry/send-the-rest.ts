/** A receiver that does not answer must not keep a process from ending. */
const timeoutMs = 2_000;

/** Waits for what a stopping process still sends. What cannot be sent has been told to the log by the exporter. */
export async function sendTheRest(sending: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, timeoutMs);
  });
  await Promise.race([sending.catch(() => undefined), timeout]);
  clearTimeout(timer);
}
