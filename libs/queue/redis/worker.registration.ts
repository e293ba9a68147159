import { z } from 'zod';

/** What a worker tells gateways of itself: the models that it serves warm. */
export const workerRegistration = z.object({
  worker: z.string(),
  engines: z.int().positive(),
  /** It takes several entries in one job of BullMQ. Absent of a worker of the version before, which takes the first. */
  parcels: z.boolean().optional(),
  models: z.array(
    z.object({
      model: z.string(),
      task: z.string(),
      description: z.string(),
      licence: z.string(),
      languages: z.object({ source: z.string(), target: z.string() }).optional(),
      maxTokens: z.number().optional(),
    }),
  ),
});
export type WorkerRegistration = z.infer<typeof workerRegistration>;
