import { z } from 'zod';
import { limitView } from '#contracts';

const modelView = z
  .object({
    model: z.string().describe('`name@revision`, as replies name it'),
    task: z.string(),
    description: z.string(),
    licence: z.string(),
    languages: z.object({ source: z.string(), target: z.string() }).meta({ id: 'LanguagePair' }).optional(),
    maxTokens: z.int().positive().max(1_000_000).optional().describe('longest input in tokens'),
  })
  .meta({ id: 'Model' });

/** `GET /v1/models` */
export const modelList = z.object({ models: z.array(modelView) }).meta({ id: 'ModelList' });
export type ModelList = z.infer<typeof modelList>;

const languageView = z
  .object({ source: z.string(), target: z.string(), model: z.string() })
  .meta({ id: 'Language' });

/** `GET /v1/languages` */
export const languageList = z.object({ languages: z.array(languageView) }).meta({ id: 'LanguageList' });
export type LanguageList = z.infer<typeof languageList>;

/** `GET /v1/limits` */
export const limitList = z.object({ limits: z.array(limitView) }).meta({ id: 'LimitList' });
export type LimitList = z.infer<typeof limitList>;

/** `GET /health/live`, `GET /health/ready` */
export const health = z
  .object({
    status: z.enum(['live', 'ready']),
    impairment: z
      .string()
      .optional()
      .describe('What is refused at the moment, and why; absent while all is well'),
  })
  .meta({ id: 'Health' });
