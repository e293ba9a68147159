import PDFDocument from 'pdfkit';
import type { InspectionRecord } from '#core';
import { boldFontFile, drawable, fontFile } from './glyphs.js';
import { reportContent, type ReportTable } from './report-content.js';
import { verdictColours } from './severity-colours.js';

/** A4 in points. */
const margin = 40;
const maxPictureHeight = 270;
const rowHeight = 12;
const titleHeight = rowHeight + 2;
const gap = 6;

/** One page of A4 with the font inside it. @param picture JPEG */
export async function pdfReport(record: InspectionRecord, picture: Uint8Array): Promise<Uint8Array> {
  const { title, verdict, summary, facts, tables, footer } = reportContent(record);
  const page = new PDFDocument({
    size: 'A4',
    margin,
    font: fontFile,
    info: { Title: `${title}: ${verdict}`, Creator: 'Inferway', CreationDate: new Date(record.inspectedAt) },
  });
  const whole = collect(page);
  const width = page.page.width - 2 * margin;
  page.font(boldFontFile).fontSize(titleSize(page, title, width - 110));
  line(page, title, margin, margin, width - 110);
  page.rect(margin + width - 100, margin - 4, 100, 26).fill(verdictColours[record.verdict]);
  page.fillColor('white').fontSize(12);
  line(page, verdict.toUpperCase(), margin + width - 100, margin + 2, 100, 'center');
  page.fillColor('black').font(fontFile).fontSize(10);
  line(page, summary, margin, margin + 28, width);
  const footerTop = page.page.height - margin - 10;
  const below = tables.reduce((sum, table) => sum + heightOf(table), titleHeight + facts.length * rowHeight);
  // With every row there may be it still has 185 points.
  const pictureHeight = Math.min(maxPictureHeight, footerTop - margin - 46 - 10 - below);
  page.image(Buffer.from(picture), margin, margin + 46, { fit: [width, pictureHeight], align: 'center' });
  let y = margin + 46 + pictureHeight + 10;
  for (const table of tables) y = drawTable(page, table, y, width);
  page.font(boldFontFile).fontSize(9);
  line(page, 'Provenance', margin, y, width);
  y += titleHeight;
  page.fontSize(8);
  for (const [name, value] of facts) {
    page.font(boldFontFile);
    line(page, name, margin, y, 60);
    page.font(fontFile);
    line(page, value, margin + 64, y, width - 64);
    y += rowHeight;
  }
  page.fillColor('#555555').fontSize(7);
  line(page, footer, margin, footerTop, width);
  page.end();
  return whole;
}

/** The largest type in which a title is whole, down to the smallest that is still one. */
function titleSize(page: PDFKit.PDFDocument, title: string, width: number): number {
  const largest = 16;
  const [needed, smallest] = [page.fontSize(largest).widthOfString(drawable(title)), 9];
  return Math.max(smallest, Math.min(largest, Math.floor((largest * width) / Math.max(1, needed))));
}

function heightOf({ rows, left }: ReportTable): number {
  return rows.length === 0 ? 0 : titleHeight + (1 + rows.length + Math.sign(left)) * rowHeight + gap;
}

function drawTable(page: PDFKit.PDFDocument, table: ReportTable, top: number, width: number): number {
  if (table.rows.length === 0) return top;
  let y = top;
  page.font(boldFontFile).fontSize(9);
  line(page, table.title, margin, y, width);
  y += titleHeight;
  const row = (cells: readonly string[]) => {
    let x = margin;
    for (const [index, cell] of cells.entries()) {
      const column = (width * (table.shares[index] ?? 0)) / 100;
      line(page, cell, x, y, column - 6);
      x += column;
    }
    y += rowHeight;
  };
  page.fontSize(7);
  row(table.head);
  page.font(fontFile);
  for (const cells of table.rows) row(cells);
  if (table.left > 0) {
    line(page, `and ${table.left} more, in the JSON of the reply`, margin, y, width);
    y += rowHeight;
  }
  return y + gap;
}

/** One line, cut where it is too long: nothing a caller names may push another line off the page. */
function line(
  page: PDFKit.PDFDocument,
  text: string,
  x: number,
  y: number,
  width: number,
  align: 'left' | 'center' = 'left',
): void {
  const options = { width, align, lineBreak: false, ellipsis: true, height: page.currentLineHeight() + 1 };
  page.text(drawable(text.replaceAll(/\s+/g, ' ')), x, y, options);
}

async function collect(page: PDFKit.PDFDocument): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of page) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks);
}
