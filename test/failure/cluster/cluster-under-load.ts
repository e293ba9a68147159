import { expect } from '@jest/globals';
import {
  ClusterProcess,
  meteredCharacters,
  SteadyLoad,
  type AnswersInPeace,
  type LoadReport,
} from '#testing';

/** Answers before something breaks, and after it was mended, that show the load is at work. */
const warmUp = 50;

/** A cluster under load while something breaks, and what every such test asks in the end. */
export class ClusterUnderLoad {
  private constructor(
    readonly cluster: ClusterProcess,
    readonly load: SteadyLoad,
    private readonly meteredBefore: number,
  ) {}

  /** @param expected what `askInPeace` gave, on this cluster, before anything broke */
  static async start(cluster: ClusterProcess, expected: AnswersInPeace): Promise<ClusterUnderLoad> {
    const meteredBefore = await meteredCharacters(cluster);
    const load = new SteadyLoad(cluster, expected);
    await load.answered(warmUp);
    return new ClusterUnderLoad(cluster, load, meteredBefore);
  }

  /**
   * Goes on for a while and stops: no request lost, no reply crossed, every answer billed once and nothing else.
   * @param name for the line that tells how long nobody was answered
   */
  async expectNothingLost(name: string): Promise<LoadReport> {
    await this.load.answered(warmUp);
    const report = await this.load.stop();
    const { crossed, lost, characters, retried, longestSilenceMs } = report;
    process.stdout.write(
      `${name}: longest silence ${Math.round(longestSilenceMs)} ms, retried ${JSON.stringify(retried)}\n`,
    );
    expect({ crossed, lost }).toEqual({ crossed: [], lost: [] });
    expect((await meteredCharacters(this.cluster)) - this.meteredBefore).toBe(characters);
    return report;
  }
}
