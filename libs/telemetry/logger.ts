import { destination, pino, stdSerializers, type DestinationStream, type Logger } from 'pino';

export type { Logger } from 'pino';

export const logLevels = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;
export type LogLevel = (typeof logLevels)[number];

/** Whatever holds a credential or a caller's text, at the depths at which code could log it. */
const redacted = ['authorization', 'headers', 'body', 'apiKey', 'password', 'variables', 'query'].flatMap(
  (name) => [name, `*.${name}`, `*.*.${name}`],
);

/**
 * JSON lines on standard output, level by name, time in RFC 3339. Requests and headers are never serialised whole;
 * redaction is the second net.
 */
export function createLogger(options: { level: LogLevel; name: string }, stream?: DestinationStream): Logger {
  return pino(
    {
      name: options.name,
      level: options.level,
      base: { name: options.name },
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      redact: { paths: redacted, censor: '[redacted]' },
      serializers: { err: stdSerializers.errWithCause },
    },
    stream ?? destination({ dest: 1, sync: false }),
  );
}
