/** A machine whose clock is five minutes fast, or as many as CLOCK_SKEW_MS says: `node --import` runs this first. */
import { performance } from 'node:perf_hooks';
import process from 'node:process';

const skewMs = Number(process.env.CLOCK_SKEW_MS ?? 300_000);
const { timeOrigin } = performance;
const now = Date.now.bind(Date);
Date.now = () => now() + skewMs;
Object.defineProperty(performance, 'timeOrigin', { value: timeOrigin + skewMs });
