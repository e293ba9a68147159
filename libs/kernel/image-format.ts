export type ImageFormat = 'jpeg' | 'png' | 'webp';

const signatures: readonly { format: ImageFormat; at: number; bytes: readonly number[] }[] = [
  { format: 'jpeg', at: 0, bytes: [0xff, 0xd8, 0xff] },
  { format: 'png', at: 0, bytes: [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a] },
  { format: 'webp', at: 8, bytes: [0x57, 0x45, 0x42, 0x50] },
];

/**
 * Longest side of an accepted image, pixels: all that JPEG can say. A PNG of 70 KB may be one line of 25 million, which
 * kept a thread busy for 15 seconds and took 700 MB.
 */
export const maxImageSidePx = 65_535;

/** The format by magic bytes; names and content types lie, and other decoders (SVG, PDF, TIFF) stay out of reach. */
export function imageFormat(file: Uint8Array): ImageFormat | undefined {
  return signatures.find(({ at, bytes }) => bytes.every((byte, index) => file[at + index] === byte))?.format;
}
