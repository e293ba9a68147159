import { describe, expect, it } from '@jest/globals';
import { detectSource } from './detect-source.js';

const refusal = (text: string, candidates: string[], target: string): unknown => {
  try {
    return detectSource(text, candidates, target);
  } catch (error) {
    return error;
  }
};

describe('detectSource', () => {
  it.each(['Cancelar', 'Eu te amo', 'Tudo bem?', 'Salvar como', 'Boa noite a todos'])(
    'takes a short text for the only language that can be meant, which the detector takes for another: %s',
    (text) => {
      expect(detectSource(text, ['pt'], 'en')).toBe('pt');
    },
  );

  it.each([
    ['Ich möchte gerne ein Bier bestellen, bitte.', 'de'],
    ['Necesitamos hablar del presupuesto de este año, por favor.', 'es'],
    ['Die Rechnung, bitte.', 'de'],
    ['Où est la gare, monsieur ?', 'fr'],
    ['Привет', 'ru'],
    ['今日は', 'ja'],
  ])('refuses a text that is clearly in another language, and names what there is: %s', (text, language) => {
    expect(refusal(text, ['en', 'fi'], 'pt')).toMatchObject({
      code: 'language.unsupported',
      facts: {
        detail: `The text seems to be in \`${language}\`; into \`pt\` go texts in: en, fi`,
        supported: ['en', 'fi'],
      },
    });
  });

  it('says of a text that it is in the wanted language already', () => {
    expect(refusal('A reunião foi adiada para a próxima semana.', ['en'], 'pt')).toMatchObject({
      facts: { detail: 'The text seems to be in `pt` already' },
    });
  });

  it('looks at the words beside an address, and takes an address alone as it comes', () => {
    const text =
      'See https://loja.com.br/produtos/novidades-da-semana-com-desconto or ana@correio.com.br for it.';
    expect(detectSource(text, ['en', 'pt'], 'de')).toBe('en');
    expect(detectSource('https://loja.com.br/produtos/novidades', ['en'], 'pt')).toBe('en');
  });
});
