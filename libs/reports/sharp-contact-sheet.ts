import sharp from 'sharp';
import { ContactSheet, type Attachment, type ContactSheetFrame } from '#core';
import { contactCell } from './contact-cell.js';
import { DrawingGate } from './drawing-gate.js';

/** Most frames in a row, and how wide each is drawn, pixels. */
const maxColumns = 6;
const cellWidthPx = 320;
/** Between cells and around them, pixels. */
const gapPx = 8;
const timeoutS = 30;

/** Draws frames in rows with libvips, each with its time and the boxes of its tracks. */
export class SharpContactSheet extends ContactSheet {
  private readonly gate = new DrawingGate();

  override draw(frames: readonly ContactSheetFrame[]): Promise<Attachment> {
    return this.gate.pass(async () => ({ mediaType: 'image/png', bytes: await drawSheet(frames) }));
  }
}

async function drawSheet(frames: readonly ContactSheetFrame[]): Promise<Uint8Array> {
  const cells = [];
  // One after another: decoding and drawing all at once would hold them all uncompressed.
  for (const frame of frames) cells.push(await drawCell(frame));
  const columns = Math.max(1, Math.min(maxColumns, Math.ceil(Math.sqrt(cells.length))));
  const rows = Math.max(1, Math.ceil(cells.length / columns));
  const heightPx = Math.max(1, ...cells.map(({ info }) => info.height));
  const placed = cells.map(({ data }, index) => ({
    input: data,
    left: gapPx + (index % columns) * (cellWidthPx + gapPx),
    top: gapPx + Math.floor(index / columns) * (heightPx + gapPx),
  }));
  return sharp({
    create: {
      width: gapPx + columns * (cellWidthPx + gapPx),
      height: gapPx + rows * (heightPx + gapPx),
      channels: 3,
      background: '#1c1c1f',
    },
  })
    .timeout({ seconds: timeoutS })
    .composite(placed)
    .png({ compressionLevel: 6 })
    .toBuffer();
}

async function drawCell(frame: ContactSheetFrame) {
  const { width, height } = await sharp(frame.image).metadata();
  const scale = cellWidthPx / width;
  const size = { width: cellWidthPx, height: Math.max(1, Math.round(height * scale)) };
  return sharp(frame.image)
    .timeout({ seconds: timeoutS })
    .resize(size.width, size.height, { fit: 'fill' })
    .composite([{ input: Buffer.from(contactCell(frame, size, scale)), top: 0, left: 0 }])
    .png({ compressionLevel: 1 })
    .toBuffer({ resolveWithObject: true });
}
