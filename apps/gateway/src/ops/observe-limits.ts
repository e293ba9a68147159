import type { Logger, Telemetry } from '#telemetry';

/** Of one outage, one line in this time; the counter has them all. */
const outageLineMs = 10_000;

/** Refusals and outages as metrics; what an operator must see, or a tenant's owner be told of, in the log. */
export function observeLimits(telemetry: Telemetry, logger: Logger) {
  let silentUntil = 0;
  return {
    onRefusal: (limit: string) => telemetry.limitRefused({ limit }),
    onLow: (low: { tenantId: string; limit: string; remaining: number }) => {
      telemetry.limitLow({ limit: low.limit.split('.', 1)[0] ?? '' });
      logger.warn(low, 'a tenant has passed the soft threshold of a limit');
    },
    onOutage: (outcome: 'refused' | 'admitted', error: unknown) => {
      telemetry.limitOutage({ outcome });
      if (performance.now() < silentUntil) return;
      silentUntil = performance.now() + outageLineMs;
      logger.error(
        { err: error, outcome },
        'limits cannot be checked: requests of limited tenants are affected',
      );
    },
    onError: (error: unknown) =>
      logger.warn({ err: error }, 'a counter of limits was not settled and is put right by its next load'),
  };
}
