import sharp, { type Sharp } from 'sharp';
import type { ReportFormat } from '#contracts';
import { InspectionDrawing, type Attachment, type InspectionRecord } from '#core';
import { AppError, imageFormat } from '#kernel';
import { DrawingGate } from './drawing-gate.js';
import { htmlReport } from './html-report.js';

/** Longest sides of an annotated picture and of one in a report, pixels. */
const annotatedSidePx = { least: 0, most: 2_048 };
/** A smaller one is enlarged: tags that can be read would cover it. */
const reportSidePx = { least: 640, most: 1_280 };
/** A task accepts no larger image, so that none comes here. */
const maxPixels = 25_000_000;
const timeoutS = 10;
const options = { failOn: 'error', limitInputPixels: maxPixels, pages: 1 } as const;

/**
 * Draws with libvips, on its own threads: decoding, composing and compressing never hold the event loop. What sets type is
 * loaded with the first drawing: most starts can do without.
 */
export class SharpInspectionDrawing extends InspectionDrawing {
  private readonly gate = new DrawingGate();

  /** Nothing has looked at the file before: formats of other decoders (SVG, PDF, TIFF) are refused by its first bytes. */
  override async sizeOf(image: Uint8Array): Promise<{ width: number; height: number }> {
    if (imageFormat(image) === undefined)
      throw new AppError('image.unsupported_format', { detail: 'The file is not a JPEG, PNG or WebP image' });
    try {
      return (await sharp(image, { ...options, limitInputPixels: false }).metadata()).autoOrient;
    } catch (cause) {
      throw new AppError('image.unreadable', {}, { cause });
    }
  }

  override annotate(image: Uint8Array, record: InspectionRecord): Promise<Attachment> {
    return this.gate.pass(async () => {
      const drawn = await drawFindings(image, record, annotatedSidePx);
      return { mediaType: 'image/png', bytes: await finish(drawn.png({ compressionLevel: 6 })) };
    });
  }

  override report(image: Uint8Array, record: InspectionRecord, format: ReportFormat): Promise<Attachment> {
    return this.gate.pass(async () => {
      const drawn = await drawFindings(image, record, reportSidePx);
      const picture = await finish(drawn.jpeg({ quality: 85 }));
      if (format === 'html')
        return { mediaType: 'text/html; charset=utf-8', bytes: Buffer.from(htmlReport(record, picture)) };
      const { pdfReport } = await import('./pdf-report.js');
      return { mediaType: 'application/pdf', bytes: await pdfReport(record, picture) };
    });
  }
}

/** The upright picture, of a size as asked, with its findings on it. Metadata (place, camera) stays behind. */
async function drawFindings(
  image: Uint8Array,
  record: InspectionRecord,
  sidePx: { least: number; most: number },
): Promise<Sharp> {
  const { findingOverlay } = await import('./finding-overlay.js');
  try {
    const { autoOrient } = await sharp(image, options).metadata();
    const side = Math.max(autoOrient.width, autoOrient.height);
    const scale = Math.max(Math.min(1, sidePx.most / side), sidePx.least / side);
    const width = Math.max(1, Math.round(autoOrient.width * scale));
    const height = Math.max(1, Math.round(autoOrient.height * scale));
    const overlay = findingOverlay(record, { width, height }, scale);
    return sharp(image, options)
      .timeout({ seconds: timeoutS })
      .autoOrient()
      .resize(width, height, { fit: 'fill' })
      .flatten({ background: 'white' })
      .toColourspace('srgb')
      .composite([{ input: Buffer.from(overlay), top: 0, left: 0 }]);
  } catch (cause) {
    throw new AppError('image.unreadable', {}, { cause });
  }
}

async function finish(picture: Sharp): Promise<Uint8Array> {
  try {
    return await picture.toBuffer();
  } catch (cause) {
    throw new AppError('image.unreadable', {}, { cause });
  }
}
