import { describe, expect, it } from '@jest/globals';
import { keepsNumbers } from './keeps-numbers.js';

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
    ['às 20h30', 'at 8:30 p.m.', true],
    ['às 15h', 'at 3 pm', true],
    ['às 20h30', 'at 8:30 a.m.', false],
  ])('knows times of the afternoon by either clock: %j, %j', (source, translation, kept) => {
    expect(keepsNumbers(source, translation)).toBe(kept);
  });
});
