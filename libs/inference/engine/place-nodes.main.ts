import { InferenceSession } from 'onnxruntime-node';
import { z } from 'zod';

/**
 * A child process that opens graphs on an execution provider with onnxruntime's most talkative log, which says on the
 * error output where each operator was placed; there is no other way to learn it.
 */
const question = z.object({ path: z.string(), provider: z.string() });

process.on('message', (message) => {
  open(question.parse(message)).then(
    () => process.send?.({ opened: true }, () => process.exit(0)),
    (error: unknown) => {
      const reason = error instanceof Error ? error.message : String(error);
      process.send?.({ opened: false, reason }, () => process.exit(1));
    },
  );
});
process.on('disconnect', () => process.exit(0));

async function open({ path, provider }: z.infer<typeof question>): Promise<void> {
  const session = await InferenceSession.create(path, {
    executionProviders: [provider],
    logSeverityLevel: 0,
    logVerbosityLevel: 1,
  });
  await session.release();
}
