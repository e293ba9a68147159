import { z } from 'zod';

/**
 * The environment of `inferway models pull`, under the names that Hugging Face's own tools use: whoever has them set
 * need not set them again.
 */
export const hubEnvironment = z.object({
  HF_ENDPOINT: z
    .url({ protocol: /^https?$/ })
    .default('https://huggingface.co')
    .describe('The hub, or a mirror of it'),
  HF_TOKEN: z.string().min(1).optional().describe('Access token for gated and private repositories'),
});

export interface HubConfig {
  endpoint: string;
  token?: string;
}

export function toHubConfig({ HF_ENDPOINT, HF_TOKEN }: z.output<typeof hubEnvironment>): HubConfig {
  return { endpoint: HF_ENDPOINT.replace(/\/+$/, ''), ...(HF_TOKEN !== undefined && { token: HF_TOKEN }) };
}
