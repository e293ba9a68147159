import { Socket } from 'node:net';
import type { Writable } from 'node:stream';
import { encodeFrame } from './message-frame.js';
import { FrameReader } from './frame-reader.js';

/** Of an engine host: the descriptor of its end of the pipe. */
export const hostDescriptor = 3;
const readBytes = 64 * 1_024;

/** The end of a pipe that messages are written to. */
export class MessageWriter {
  readonly #stream: Writable;

  constructor(stream: Writable) {
    this.#stream = stream;
  }

  /**
   * Writes the message's tensors from where they are: changed before they are written, they are sent changed.
   *
   * @param written called when the system has taken all of it, or never will.
   */
  send(message: object, written?: () => void): void {
    const chunks = encodeFrame(message);
    // In one system call, and seen by the other side as one.
    this.#stream.cork();
    for (const [index, chunk] of chunks.entries())
      this.#stream.write(chunk, index === chunks.length - 1 ? () => written?.() : undefined);
    this.#stream.uncork();
  }
}

/**
 * An engine host's end. Reads into one buffer: a host that receives photos would allocate for each of their parts.
 *
 * @param onEnd the dispatcher is gone
 */
export function openHostPipe(onMessage: (message: unknown) => void, onEnd: () => void): MessageWriter {
  const reader = new FrameReader(onMessage);
  const buffer = Buffer.allocUnsafeSlow(readBytes);
  const callback = (length: number) => {
    reader.push(buffer.subarray(0, length));
    return true;
  };
  const socket = new Socket({
    fd: hostDescriptor,
    readable: true,
    writable: true,
    onread: { buffer, callback },
  });
  socket.on('end', onEnd);
  socket.on('error', onEnd);
  socket.resume();
  return new MessageWriter(socket);
}
