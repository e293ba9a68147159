import { describe, expect, it } from '@jest/globals';
import { protectSpans as protect } from './protect-spans.js';

const reader = { canRead: () => true, isLatin: true };
const protectSpans = (sentence: string) => protect(sentence, reader);

describe('protectSpans', () => {
  it.each([
    ['See https://example.com/a?b=1&c=2 now.', ['https://example.com/a?b=1&c=2']],
    ['Mail bob@example.com, please.', ['bob@example.com']],
    ['Run `npm ci` first.', ['`npm ci`']],
    ['Hello {{name}}, welcome.', ['{{name}}']],
    ['Order INV-2024-0031 left.', ['INV-2024-0031']],
    ['Call +351 912 345 678 today.', ['+351 912 345 678']],
    ['Well done 👍🏽!', ['👍🏽']],
    ['The word 你好 means hello.', ['你好']],
    ['Ask @support_team.', ['@support_team']],
    ['You have %d messages, %1$s, :count in all.', ['%d', '%1$s', ':count']],
    ['Tom &amp; Jerry&#39;s', ['&amp;', '&#39;']],
    ['Open C:\\Users\\ana\\notes.txt or ~/.ssh/id.', ['C:\\Users\\ana\\notes.txt', '~/.ssh/id']],
    ['A family 👨‍👩‍👧 pressed 1️⃣ under 🏴󠁧󠁢󠁥󠁮󠁧󠁿.', ['👨‍👩‍👧', '1️⃣', '🏴󠁧󠁢󠁥󠁮󠁧󠁿']],
    ['Some 20 m² of CO₂ and ½ cup.', ['m²', 'CO₂', '½']],
    [`The key ${'MhsvsWY'.repeat(9)} is wrong.`, ['MhsvsWY'.repeat(9)]],
  ])('keeps what no model can translate: %s', (sentence, kept) => {
    const { pieces } = protectSpans(sentence);
    expect(pieces.filter(({ keep }) => keep).map(({ text }) => text)).toEqual(kept);
  });

  it('leaves the letters of a source language that is not written in Latin to its model', () => {
    const { text } = protect('Привет, мир! Пишите на bob@example.com 👍', { ...reader, isLatin: false });
    expect(text).toBe('Привет, мир! Пишите на QX1 QX2');
  });

  it('leaves amounts to the model, which writes them as the target language does', () => {
    expect(protectSpans('It costs 10,000.50 euros and 3 cents.').text).toBe(
      'It costs 10,000.50 euros and 3 cents.',
    );
  });

  it.each(['5-7 days', '1/2 inch', 'the years 1990-1995', '50% off', 'and/or/else', 'a 50% discount'])(
    'leaves pairs of numbers, and what only looks like a placeholder or a path, to the model: %s',
    (text) => {
      expect(protectSpans(text).text).toBe(text);
    },
  );

  it.each(['a 4-month-old mouse', 'his 100th and 1,000th stamp', 'às 22h08 de ontem', 'the 1960s'])(
    'leaves words made of a number to the model: %s',
    (text) => {
      expect(protectSpans(text).text).toBe(text);
    },
  );

  it('gives the spans back wherever the translation put them', () => {
    const { text, restore } = protectSpans('See https://a.example/x or mail bob@example.com.');
    expect(text).toBe('See QX1 or mail QX2.');
    expect(restore('Escreva a QX2 ou veja QX1.')).toBe(
      'Escreva a bob@example.com ou veja https://a.example/x.',
    );
  });

  it('says so when a placeholder was lost or doubled, instead of losing the span', () => {
    const { restore } = protectSpans('See https://a.example/x.');
    expect(restore('Veja.')).toBeUndefined();
    expect(restore('Veja QX1 QX1.')).toBeUndefined();
  });

  it('does not take QX10 for QX1', () => {
    const sentence = Array.from({ length: 11 }, (_, i) => `a${i}@example.com`).join(' and ');
    const { text, restore } = protectSpans(sentence);
    expect(restore(text)).toBe(sentence);
  });

  it('uses a label that the sentence itself does not hold', () => {
    const { text, restore } = protectSpans('Model QX1 is at https://a.example/x.');
    expect(text).toContain('ZX1');
    expect(restore(text)).toBe('Model QX1 is at https://a.example/x.');
  });

  it('keeps tags glued to the words they touch', () => {
    const { text, restore } = protectSpans('A <b>bold</b> word.');
    expect(restore(text)).toBe('A <b>bold</b> word.');
  });

  it.each([
    ['José Muñoz lives here.', ['Muñoz']],
    ['The café of the Muñoz-Łaski family', ['Muñoz-Łaski']],
    ["Muñoz's book, §5, costs £9.99.", ['Muñoz', '§', '£9.99']],
  ])('keeps the words that the model cannot read, and no more of the sentence: %s', (sentence, kept) => {
    const { pieces } = protect(sentence, { ...reader, canRead: (word) => !/[ñŁ§£]/.test(word) });
    expect(pieces.filter(({ keep }) => keep).map(({ text }) => text)).toEqual(kept);
  });

  it('stays fast on hostile text', () => {
    const startedAt = performance.now();
    for (const hostile of [
      'a1-'.repeat(5_000),
      '<'.repeat(16_000),
      '/a'.repeat(8_000),
      '9'.repeat(16_000),
      'é,'.repeat(8_000),
    ]) {
      protectSpans(hostile);
    }
    expect(performance.now() - startedAt).toBeLessThan(5_000);
  });
});
