import type { IncomingMessage } from 'node:http';
import proxyAddr from '@fastify/proxy-addr';
import type { FastifyRequest } from 'fastify';

/** Whether what this hop says of the hop before it is believed. */
export type ProxyTrust = (address: string, hop: number) => boolean;

/** Trust in proxies by address and network; without any, `X-Forwarded-For` is what a client likes to write. */
export function trustProxies(networks: readonly string[]): ProxyTrust {
  const trust = proxyAddr.compile([...networks]);
  return (address, hop) => trust(withoutPort(address), hop);
}

/** Address of the client behind the proxies that are trusted. */
export function clientAddress(request: FastifyRequest): string {
  return withoutPort(request.ip);
}

/** The same, of a web socket. */
export function socketClientAddress(request: IncomingMessage, trust: ProxyTrust): string {
  return withoutPort(proxyAddr(request, trust));
}

/** IPv4 with a port, or IPv6 in brackets with or without one. */
const hostAndPort = /^(?:([\d.]+):\d+|\[([\da-f:.]+)\](?::\d+)?)$/i;

/**
 * Some proxies, Azure's Application Gateway among them, write a port behind the address. Each connection has another:
 * with it no network would hold the client, and who guesses keys would be somebody else each time.
 */
function withoutPort(text: string): string {
  const [, ipv4, ipv6] = hostAndPort.exec(text) ?? [];
  return ipv4 ?? ipv6 ?? text;
}
