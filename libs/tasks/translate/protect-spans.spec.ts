import { describe, expect, it } from '@jest/globals';
import { keepsNumbers, protectSpans } from './protect-spans.js';

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
  ])('keeps what no model can translate: %s', (sentence, kept) => {
    const { pieces } = protectSpans(sentence);
    expect(pieces.filter(({ keep }) => keep).map(({ text }) => text)).toEqual(kept);
  });

  it('leaves amounts to the model, which writes them as the target language does', () => {
    expect(protectSpans('It costs 10,000.50 euros and 3 cents.').text).toBe(
      'It costs 10,000.50 euros and 3 cents.',
    );
  });

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

  it('stays fast on hostile text', () => {
    const startedAt = performance.now();
    for (const hostile of ['a1-'.repeat(5_000), '<'.repeat(16_000), '{'.repeat(16_000), '1 '.repeat(8_000)]) {
      protectSpans(hostile);
    }
    expect(performance.now() - startedAt).toBeLessThan(5_000);
  });
});

describe('keepsNumbers', () => {
  it('accepts the separators of another language and refuses a changed or missing number', () => {
    expect(keepsNumbers('It rose by 1,234.5 to 7.', 'Subiu 1.234,5 para 7.')).toBe(true);
    expect(keepsNumbers('Room 12 and room 12', 'Quarto 12')).toBe(false);
    expect(keepsNumbers('It was 1987.', 'Foi em 1978.')).toBe(false);
  });

  it.each([
    ['at 11:35 pm', 'às 23:35', true],
    ['at 8:30 p.m. local time', 'às 20h30, hora local', true],
    ['at 3 pm', 'às 15 horas', true],
    ['at 12:15 pm', 'às 12:15', true],
    ['at 12.00 GMT', 'às 12h00 GMT', true],
    ['at 8:30 p.m.', 'às 8:30 da noite', true],
    ['at 8:30 p.m.', 'às 21:30', false],
    ['at 8:30 a.m.', 'às 20:30', false],
  ])('knows times of the afternoon by either clock: %j, %j', (source, translation, kept) => {
    expect(keepsNumbers(source, translation)).toBe(kept);
  });
});
