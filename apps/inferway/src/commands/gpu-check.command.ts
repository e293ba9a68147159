import type { Command } from 'commander';
import { loadServeConfig } from '#config';
import { printResult } from './print-result.js';

export function registerGpuCheck(program: Command): void {
  program
    .command('gpu-check')
    .description(
      'Compare the CUDA variants of the models with the CPU: answers, speed, placement of operators',
    )
    .action(async () => {
      const [{ ModelRepository }, { gpuCheck }] = await Promise.all([
        import('#inference'),
        import('../gpu/gpu-check.js'),
      ]);
      const repository = await ModelRepository.open(loadServeConfig().engines.models);
      await gpuCheck(repository, ({ model, agreement, rowsPerSecond, leftOnCpu }) =>
        printResult({
          model,
          agreeing: `${agreement.agreeing} of ${agreement.rows}, lowest cosine ${agreement.lowestCosine.toFixed(5)}`,
          'rows per second': `${rowsPerSecond.cpu.toFixed(1)} on the CPU, ${rowsPerSecond.device.toFixed(1)} on CUDA`,
          'left on the CPU': leftOnCpu.join(', ') || 'nothing',
        }),
      );
    });
}
