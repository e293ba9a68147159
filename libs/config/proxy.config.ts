import { z } from 'zod';

const proxyUrl = z.url({ protocol: /^https?$/, error: 'must be an address such as http://proxy:3128' });

/** How downloads leave this machine, under the names that curl, pip and npm read as well. */
export const proxyEnvironment = z.object({
  HTTPS_PROXY: proxyUrl
    .optional()
    .describe('Proxy for https addresses, such as `http://proxy:3128`; `https_proxy` goes before it'),
  HTTP_PROXY: proxyUrl
    .optional()
    .describe(
      'Proxy for http addresses, and for https ones where `HTTPS_PROXY` is not set; `http_proxy` goes before it',
    ),
  NO_PROXY: z
    .string()
    .optional()
    .describe(
      'Hosts that are asked without a proxy, separated by commas, such as `hub.internal,.example.com`; `no_proxy` goes before it',
    ),
});

export type ProxyConfig = z.output<typeof proxyEnvironment>;

/** The names in small letters are older, and win in other programs too. */
export function preferSmallLetters(
  env: Readonly<Record<string, string | undefined>>,
): Record<string, string | undefined> {
  const names = Object.keys(proxyEnvironment.shape);
  return { ...env, ...Object.fromEntries(names.map((name) => [name, env[name.toLowerCase()] || env[name]])) };
}
