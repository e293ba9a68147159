/**
 * reports: pictures and pages of what an inspection found.
 *
 * Owns: drawing findings on a picture, the report of one page as HTML and as PDF, the font they are set in, and the bound
 * on how many are drawn at once.
 * Refuses: judging, storing, models, HTTP. Text of callers is escaped here; a page holds all that it shows, and runs nothing.
 */
export { SharpInspectionDrawing } from './sharp-inspection-drawing.js';
