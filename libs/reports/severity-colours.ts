import type { Severity, Verdict } from '#contracts';

/** Readable with white text on it, and told apart by those who see red and green alike. */
export const severityColours: Record<Severity, string> = {
  critical: '#b3123a',
  major: '#b65a00',
  minor: '#7a6a00',
  info: '#1f5fa8',
};

export const verdictColours: Record<Verdict, string> = {
  fail: severityColours.critical,
  review: severityColours.major,
  pass: '#1d6b3a',
};
