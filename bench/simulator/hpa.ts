/** The arithmetic of Kubernetes' horizontal pod autoscaler (autoscaling/v2), as its controller does it. */

export interface ScalingPolicy {
  type: 'Pods' | 'Percent';
  value: number;
  periodSeconds: number;
}

export interface ScalingRules {
  stabilizationWindowSeconds: number;
  policies: readonly ScalingPolicy[];
}

export interface HpaSpec {
  minReplicas: number;
  maxReplicas: number;
  scaleUp: ScalingRules;
  scaleDown: ScalingRules;
}

/** A metric this near to its target moves nothing: the controller's default. */
export const tolerance = 0.1;
/** How often the controller looks. */
export const syncSeconds = 15;

/** Of an external metric with an `AverageValue` target, which is how KEDA's triggers reach the autoscaler. */
export function replicasForAverage(total: number, targetEach: number, replicas: number): number {
  const ratio = total / (targetEach * replicas);
  return isNear(ratio) ? replicas : Math.ceil(total / targetEach);
}

/**
 * Of CPU utilisation. Pods that are not ready yet count as idle where the others ask for more, so that a start in
 * progress is not asked for twice.
 */
export function replicasForUtilisation(
  busyShare: number,
  targetShare: number,
  ready: number,
  replicas: number,
): number {
  const ratio = busyShare / targetShare;
  const unready = replicas - ready;
  if (ready === 0 || isNear(ratio)) return replicas;
  if (unready === 0 || ratio < 1) return Math.ceil(ratio * ready);
  const withUnready = (ratio * ready) / replicas;
  return isNear(withUnready) || withUnready < 1 ? replicas : Math.ceil(withUnready * replicas);
}

interface Change {
  atS: number;
  by: number;
}

/** One autoscaler: remembers what it recommended and what it did, which its behaviour depends on. */
export class HorizontalPodAutoscaler {
  private recommendations: { atS: number; replicas: number }[] = [];
  private changes: Change[] = [];

  constructor(private readonly spec: HpaSpec) {}

  /** @param wanted by each metric; the largest counts @returns replicas from now on */
  decide(nowS: number, replicas: number, wanted: readonly number[]): number {
    const { minReplicas, maxReplicas } = this.spec;
    const bounded = clamp(Math.max(...wanted), minReplicas, maxReplicas);
    const stable = this.stabilise(nowS, replicas, bounded);
    const limited =
      stable > replicas
        ? Math.min(stable, Math.max(replicas, this.mostUp(nowS, replicas)))
        : Math.max(stable, Math.min(replicas, this.leastDown(nowS, replicas)));
    const decided = clamp(limited, minReplicas, maxReplicas);
    if (decided !== replicas) this.changes.push({ atS: nowS, by: decided - replicas });
    return decided;
  }

  /** Up to the lowest of the window that looks up, down to the highest of the one that looks down. */
  private stabilise(nowS: number, replicas: number, wanted: number): number {
    const { scaleUp, scaleDown } = this.spec;
    const longest = Math.max(scaleUp.stabilizationWindowSeconds, scaleDown.stabilizationWindowSeconds);
    this.recommendations = this.recommendations.filter(({ atS }) => atS > nowS - longest);
    const since = (seconds: number) =>
      this.recommendations.filter(({ atS }) => atS > nowS - seconds).map((each) => each.replicas);
    const up = Math.min(wanted, ...since(scaleUp.stabilizationWindowSeconds));
    const down = Math.max(wanted, ...since(scaleDown.stabilizationWindowSeconds));
    this.recommendations.push({ atS: nowS, replicas: wanted });
    return replicas < up ? up : replicas > down ? down : replicas;
  }

  private mostUp(nowS: number, replicas: number): number {
    return Math.max(
      ...this.spec.scaleUp.policies.map(({ type, value, periodSeconds }) => {
        const from = this.startOf(periodSeconds, nowS, replicas);
        return type === 'Pods' ? from + value : Math.ceil(from * (1 + value / 100));
      }),
    );
  }

  private leastDown(nowS: number, replicas: number): number {
    return Math.min(
      ...this.spec.scaleDown.policies.map(({ type, value, periodSeconds }) => {
        const from = this.startOf(periodSeconds, nowS, replicas);
        return type === 'Pods' ? from - value : Math.trunc(from * (1 - value / 100));
      }),
    );
  }

  /** Replicas at the beginning of the period. */
  private startOf(periodSeconds: number, nowS: number, replicas: number): number {
    const within = this.changes.filter(({ atS }) => atS > nowS - periodSeconds);
    return within.reduce((sum, { by }) => sum - by, replicas);
  }
}

function isNear(ratio: number): boolean {
  return Math.abs(1 - ratio) <= tolerance;
}

function clamp(value: number, least: number, most: number): number {
  return Math.min(most, Math.max(least, value));
}
