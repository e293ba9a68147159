import { readFileSync } from 'node:fs';
import { crc32, deflateSync } from 'node:zlib';
import type { ErrorCode } from '#kernel';

/** Files that a decoder must not be fed, or that break it, and the error each gets on every surface. */
export const hostileImages: readonly { name: string; bytes: Buffer; code: ErrorCode; status: number }[] = [
  { name: 'a GIF of two billion pixels', bytes: gif(65_535, 32_767), ...unsupported() },
  { name: 'an SVG', bytes: Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"/>'), ...unsupported() },
  {
    name: 'an SVG that reads a file',
    bytes: Buffer.from(
      '<?xml version="1.0"?><!DOCTYPE svg [<!ENTITY x SYSTEM "file:///etc/passwd">]><svg>&x;</svg>',
    ),
    ...unsupported(),
  },
  { name: 'a zip', bytes: Buffer.from('PK\u0003\u0004 a zip'), ...unsupported() },
  { name: 'a TIFF', bytes: Buffer.from('II*\0\b\0\0\0'), ...unsupported() },
  { name: 'a PNG of 65535 × 65535 pixels', bytes: png(65_535, 65_535), code: 'image.too_large', status: 413 },
  { name: 'a PNG without pixels', bytes: png(0, 0), ...unreadable() },
  { name: 'a PNG whose pixels are missing', bytes: png(100, 100), ...unreadable() },
  { name: 'a PNG that is a signature only', bytes: png(1, 1).subarray(0, 8), ...unreadable() },
  { name: 'a truncated JPEG', bytes: halfOf(readFileSync('test/assets/cat.jpg')), ...unreadable() },
  { name: 'a JPEG that is a signature only', bytes: Buffer.from([0xff, 0xd8, 0xff, 0xe0]), ...unreadable() },
  {
    name: 'a WebP that is a header only',
    bytes: Buffer.from('RIFF\u0004\0\0\0WEBPVP8 ', 'latin1'),
    ...unreadable(),
  },
];

function unsupported(): { code: ErrorCode; status: number } {
  return { code: 'image.unsupported_format', status: 415 };
}

function unreadable(): { code: ErrorCode; status: number } {
  return { code: 'image.unreadable', status: 422 };
}

function gif(width: number, height: number): Buffer {
  const header = Buffer.from('GIF89a\0\0\0\0\0\0\0', 'latin1');
  header.writeUInt16LE(width, 6);
  header.writeUInt16LE(height, 8);
  return header;
}

/** A PNG with the right checksums whose data hold one pixel, whatever its header says. */
function png(width: number, height: number): Buffer {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, 0, 0, 0, 0], 8);
  return Buffer.concat([
    Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]),
    chunk('IHDR', header),
    chunk('IDAT', deflateSync(Buffer.from([0, 255]))),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

function chunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type), data]);
  const frame = Buffer.alloc(body.length + 8);
  frame.writeUInt32BE(data.length, 0);
  frame.set(body, 4);
  frame.writeUInt32BE(crc32(body), body.length + 4);
  return frame;
}

function halfOf(file: Buffer): Buffer {
  return file.subarray(0, file.length / 2);
}
