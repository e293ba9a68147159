import { drawByShare, seeded } from '../random.js';
import type { Arrival } from './virtual-cluster.js';

export interface DayTraffic {
  seed: number;
  hours: number;
  /** Over the day and all tenants, bursts left out. */
  meanPerSecond: number;
  tenants: readonly DayTenant[];
  /** Shares of the tasks. */
  mix: Readonly<Record<string, number>>;
}

export interface DayTenant {
  name: string;
  weight: number;
  /** Of the arrivals. */
  share: number;
  /** Hour at which it asks most: 1.8 times its mean, and a fifth of it twelve hours later. */
  peakHour: number;
  /** On average so many times a day, for so long, it asks so many times as much. */
  bursts: { perDay: number; minutes: number; factor: number };
}

/** Eight tenants in three parts of the world; photos of factories beside texts of shops, as an installation may have them. */
export const day: DayTraffic = {
  seed: 1,
  hours: 24,
  meanPerSecond: 60,
  tenants: [
    { name: 'shop', weight: 1, share: 0.25, peakHour: 19, bursts: { perDay: 3, minutes: 20, factor: 4 } },
    { name: 'helpdesk', weight: 1, share: 0.2, peakHour: 11, bursts: { perDay: 2, minutes: 10, factor: 3 } },
    { name: 'factory', weight: 2, share: 0.2, peakHour: 10, bursts: { perDay: 1, minutes: 60, factor: 3 } },
    { name: 'news', weight: 1, share: 0.1, peakHour: 8, bursts: { perDay: 6, minutes: 5, factor: 12 } },
    { name: 'games', weight: 1, share: 0.1, peakHour: 22, bursts: { perDay: 2, minutes: 30, factor: 5 } },
    { name: 'bank', weight: 4, share: 0.05, peakHour: 14, bursts: { perDay: 1, minutes: 15, factor: 2 } },
    { name: 'search', weight: 1, share: 0.07, peakHour: 3, bursts: { perDay: 4, minutes: 10, factor: 5 } },
    { name: 'archive', weight: 1, share: 0.03, peakHour: 2, bursts: { perDay: 2, minutes: 45, factor: 15 } },
  ],
  mix: {
    translate: 0.25,
    embed: 0.2,
    answer: 0.2,
    'classify-image': 0.15,
    'detect-objects': 0.1,
    'segment-image': 0.1,
  },
};

const daySeconds = 86_400;
/** Of the mean, up and down. */
const swing = 0.8;

/** Requests a second of each tenant, second by second. */
export function ratesOf({ seed, hours, meanPerSecond, tenants }: DayTraffic): Float64Array[] {
  const random = seeded(seed);
  return tenants.map(({ share, peakHour, bursts }) => {
    const rates = Float64Array.from({ length: hours * 3_600 }, (_, second) => {
      const phase = (2 * Math.PI * (second / 3_600 - peakHour)) / 24;
      return share * meanPerSecond * (1 + swing * Math.cos(phase));
    });
    const meanGapS = daySeconds / bursts.perDay;
    const exponential = (mean: number) => -mean * Math.log(1 - random());
    for (let at = exponential(meanGapS); at < rates.length; at += exponential(meanGapS)) {
      const until = at + exponential(60 * bursts.minutes);
      rates.subarray(Math.floor(at), Math.ceil(until)).forEach((rate, i, part) => {
        part[i] = rate * bursts.factor;
      });
      at = until;
    }
    return rates;
  });
}

/** The day's requests in order, drawn as they are asked for: millions of them. */
export function* arrivalsOf(
  traffic: DayTraffic,
  modelOf: ReadonlyMap<string, string>,
): Generator<Arrival & { atMs: number }> {
  const rates = ratesOf(traffic);
  const random = seeded(traffic.seed + 1);
  const drawTask = drawByShare(Object.entries(traffic.mix));
  for (let second = 0; second < 3_600 * traffic.hours; second++) {
    const total = rates.reduce((sum, ofTenant) => sum + (ofTenant[second] ?? 0), 0);
    // Without memory, a random process may begin anew each second.
    for (let at = gapS(total); at < 1; at += gapS(total)) {
      let left = random() * total;
      const index = rates.findIndex((ofTenant) => (left -= ofTenant[second] ?? 0) < 0);
      const { name, weight } = traffic.tenants[Math.max(0, index)] ?? { name: '', weight: 1 };
      const model = modelOf.get(drawTask(random())) ?? '';
      yield { atMs: 1_000 * (second + at), tenantId: name, weight, model };
    }
  }

  function gapS(perSecond: number): number {
    return -Math.log(1 - random()) / perSecond;
  }
}
