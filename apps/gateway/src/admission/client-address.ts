import type { IncomingMessage } from 'node:http';
import proxyAddr from '@fastify/proxy-addr';

/** Whether what this hop says of the hop before it is believed. */
export type ProxyTrust = (address: string, hop: number) => boolean;

/** Trust in proxies by address and network; without any, `X-Forwarded-For` is what a client likes to write. */
export function trustProxies(networks: readonly string[]): ProxyTrust {
  return proxyAddr.compile([...networks]);
}

/** Address of the client behind the proxies that are trusted; of a request over Fastify it is `request.ip`. */
export function clientAddress(request: IncomingMessage, trust: ProxyTrust): string {
  return proxyAddr(request, trust);
}
