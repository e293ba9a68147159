/**
 * reports: pictures and pages of what was found in images and videos.
 *
 * Owns: drawing findings on a picture, contact sheets of videos, the report of one page as HTML and as PDF, the font they are set in, and the bound
 * on how many are drawn at once.
 * Refuses: judging, storing, models, HTTP. Text of callers is escaped here; a page holds all that it shows, and runs nothing.
 */
export { SharpContactSheet } from './sharp-contact-sheet.js';
export { SharpInspectionDrawing } from './sharp-inspection-drawing.js';
