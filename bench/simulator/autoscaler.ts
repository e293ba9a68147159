import type { Autoscaling, ChartScaling } from './chart-scaling.js';
import { HorizontalPodAutoscaler, replicasForAverage, replicasForUtilisation, syncSeconds } from './hpa.js';
import type { VirtualCluster } from './virtual-cluster.js';
import type { VirtualTime } from './virtual-time.js';

/** Window over which the metrics server counts CPU. */
const cpuWindowS = 15;

interface Sample {
  atS: number;
  backlogS: number;
  busyS: number;
}

/**
 * The chart's autoscaling of one pool at work: Prometheus scrapes, the autoscaler looks at what was scraped, pods that it
 * starts take a while. Scaling from zero is left out: the chart asks for a second pool there, which this does not have.
 */
export class Autoscaler {
  /** Pods that exist, those that start included. */
  replicas: number;
  mostReplicas: number;
  changes = 0;
  private replicaMs = 0;
  private countedAtMs = 0;
  private samples: Sample[] = [];
  private readonly hpa: HorizontalPodAutoscaler;

  constructor(
    private readonly time: VirtualTime,
    private readonly cluster: VirtualCluster,
    private readonly chart: ChartScaling,
    private readonly scaling: Autoscaling,
    private readonly podStartMs: number,
  ) {
    this.hpa = new HorizontalPodAutoscaler(chart.hpaSpec(scaling));
    this.replicas = this.mostReplicas = scaling.minReplicas;
    for (let pod = 0; pod < scaling.minReplicas; pod++) cluster.addPod();
    time.every(1_000 * chart.scrapeSeconds, () => {
      this.scrape();
    });
    // What it sees is half a scrape old on average.
    time.at(500 * chart.scrapeSeconds, () => {
      time.every(1_000 * syncSeconds, () => {
        this.sync();
      });
    });
  }

  /** What is paid for, until now. */
  get podHours(): number {
    return (this.replicaMs + this.replicas * (this.time.now() - this.countedAtMs)) / 3_600_000;
  }

  private scrape(): void {
    const { cluster, time, chart } = this;
    const atS = time.now() / 1_000;
    this.samples.push({ atS, backlogS: cluster.waitingMs / 1_000, busyS: cluster.busyMs / 1_000 });
    this.samples = this.samples.filter((sample) => sample.atS >= atS - chart.busyWindowSeconds);
  }

  private sync(): void {
    const latest = this.samples.at(-1);
    if (latest === undefined) return;
    const { scaling, chart, cluster, replicas } = this;
    const busyShare = scaling.busyPercent / 100;
    const backlog = replicasForAverage(
      latest.backlogS,
      scaling.backlogSeconds * chart.enginesPerPod,
      replicas,
    );
    const busyEngines = this.busyEngines(latest, chart.busyWindowSeconds);
    const wanted =
      scaling.kind === 'keda'
        ? [backlog, replicasForAverage(busyEngines, busyShare * chart.enginesPerPod, replicas)]
        : [
            replicasForUtilisation(
              this.busyEngines(latest, cpuWindowS) / Math.max(1, cluster.engines),
              busyShare,
              cluster.pods.length,
              replicas,
            ),
            ...(scaling.externalBacklog ? [backlog] : []),
          ];
    this.scaleTo(this.hpa.decide(this.time.now() / 1_000, replicas, wanted));
  }

  private busyEngines(latest: Sample, windowS: number): number {
    const first = this.samples.find(({ atS }) => atS >= latest.atS - windowS) ?? latest;
    return first === latest ? 0 : (latest.busyS - first.busyS) / (latest.atS - first.atS);
  }

  private scaleTo(replicas: number): void {
    if (replicas === this.replicas) return;
    const now = this.time.now();
    this.replicaMs += this.replicas * (now - this.countedAtMs);
    this.countedAtMs = now;
    this.replicas = replicas;
    this.mostReplicas = Math.max(this.mostReplicas, replicas);
    this.changes++;
    while (this.cluster.pods.length > replicas) this.cluster.removePod();
    const missing = replicas - this.cluster.pods.length;
    for (let pod = 0; pod < missing; pod++) this.time.at(now + this.podStartMs, () => this.podIsReady());
  }

  /** Unless it was given up while it started. */
  private podIsReady(): void {
    if (this.cluster.pods.length < this.replicas) this.cluster.addPod();
  }
}
