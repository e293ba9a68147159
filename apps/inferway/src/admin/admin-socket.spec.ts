import { mkdtemp, rm } from 'node:fs/promises';
import { Socket, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { callAdminSocket, serveAdminSocket } from './admin-socket.js';

describe('the admin socket of a server', () => {
  let directory: string;
  let path: string;
  let server: Server;
  const answer = Promise.withResolvers<string>();

  /** The time of sockets goes a hundred times as fast. */
  beforeEach(async () => {
    const setTimeout = Object.getOwnPropertyDescriptor(Socket.prototype, 'setTimeout')?.value as (
      ...args: [number, (() => void)?]
    ) => Socket;
    jest.spyOn(Socket.prototype, 'setTimeout').mockImplementation(function (this: Socket, ms, then) {
      return setTimeout.call(this, ms / 100, then);
    });
    directory = await mkdtemp(join(tmpdir(), 'inferway-socket-'));
    path = join(directory, 'admin.sock');
    const slow = () => answer.promise;
    const echo = (input: unknown) => Promise.resolve(input);
    server = await serveAdminSocket(path, {
      'audit.verify': slow,
      'tenants.list': slow,
      'tenants.show': echo,
    });
  });
  afterEach(async () => {
    jest.restoreAllMocks();
    server.close();
    await rm(directory, { recursive: true });
  });

  it('passes on texts that hold what other programs end a line at', async () => {
    const input = { id: 'a\u2028b\u2029c\u0085d\ne\rf' };
    expect(await callAdminSocket(path, 'tenants.show', input)).toEqual(input);
  });

  it('is given up after a minute, but for what it verifies, and outlives who has given up', async () => {
    const verified = callAdminSocket(path, 'audit.verify', {});
    // Two minutes, one after the other.
    await expect(callAdminSocket(path, 'tenants.list', {})).rejects.toThrow();
    await expect(callAdminSocket(path, 'tenants.list', {})).rejects.toThrow();
    answer.resolve('whole');
    expect(await verified).toBe('whole');
  });
});
