import http from 'node:http';
import type { ProxyConfig } from '#config';
import { StartupError } from '#process';

/**
 * Has `fetch` go through the proxy from now on, by tunnels (CONNECT), where one is set. Of the whole process: only for
 * commands that download, and call nothing of ours.
 *
 * Why not `NODE_USE_ENV_PROXY`: it must be there before Node starts. Why not the package undici: Node's `fetch` takes the
 * agents of its own undici, and the two differ in version.
 *
 * @throws StartupError before Node 24.14
 */
export function useDownloadProxy(proxy: ProxyConfig): void {
  if (proxy.HTTPS_PROXY === undefined && proxy.HTTP_PROXY === undefined) return;
  if (!('setGlobalProxyFromEnv' in http))
    throw new StartupError(`A proxy needs Node 24.14 or newer, and this is ${process.version}: update it.`);
  http.setGlobalProxyFromEnv(proxy);
}
