import sharp from 'sharp';
import { ContactSheet, type Attachment, type ContactSheetFrame } from '#core';
import { DrawingGate } from './drawing-gate.js';

/** Most frames in a row. */
const maxColumns = 6;
/** What a frame is drawn into, its shape kept, pixels. Six rows stay far below what a JPEG can be high. */
const cellPx = { width: 320, height: 640 };
/** Between cells and around them, pixels. */
const gapPx = 8;
const timeoutS = 30;
/** Photos, of which a PNG takes several times as much. Colours at full size: the thin lines of boxes would fade. */
const jpeg = { quality: 85, chromaSubsampling: '4:4:4' };

/** Draws frames in rows with libvips, each with its time and the boxes of its tracks. What sets type is loaded with the first. */
export class SharpContactSheet extends ContactSheet {
  private readonly gate = new DrawingGate();

  override draw(frames: readonly ContactSheetFrame[]): Promise<Attachment> {
    return this.gate.pass(async () => ({ mediaType: 'image/jpeg', bytes: await drawSheet(frames) }));
  }
}

async function drawSheet(frames: readonly ContactSheetFrame[]): Promise<Uint8Array> {
  const cells = [];
  // One after another: decoded all at once they would lie in memory at full size.
  for (const frame of frames) cells.push(await drawCell(frame));
  const columns = Math.max(1, Math.min(maxColumns, Math.ceil(Math.sqrt(cells.length))));
  const rows = Math.max(1, Math.ceil(cells.length / columns));
  const widthPx = Math.max(1, ...cells.map(({ info }) => info.width));
  const heightPx = Math.max(1, ...cells.map(({ info }) => info.height));
  const placed = cells.map(({ data, info: { width, height, channels } }, index) => ({
    input: data,
    raw: { width, height, channels },
    left: gapPx + (index % columns) * (widthPx + gapPx),
    top: gapPx + Math.floor(index / columns) * (heightPx + gapPx),
  }));
  return sharp({
    create: {
      width: gapPx + columns * (widthPx + gapPx),
      height: gapPx + rows * (heightPx + gapPx),
      channels: 3,
      background: '#1c1c1f',
    },
  })
    .timeout({ seconds: timeoutS })
    .composite(placed)
    .jpeg(jpeg)
    .toBuffer();
}

async function drawCell(frame: ContactSheetFrame) {
  const { contactCell } = await import('./contact-cell.js');
  const { width, height } = await sharp(frame.image).metadata();
  const scale = Math.min(cellPx.width / width, cellPx.height / height);
  const drawn = (side: number) => Math.max(1, Math.round(side * scale));
  const size = { width: drawn(width), height: drawn(height) };
  return sharp(frame.image)
    .timeout({ seconds: timeoutS })
    .resize(size.width, size.height, { fit: 'fill' })
    .composite([{ input: Buffer.from(contactCell(frame, size, scale)), top: 0, left: 0 }])
    .raw()
    .toBuffer({ resolveWithObject: true });
}
