/** The hub's words for licences that have an SPDX identifier, in lower case. */
const spdx: ReadonlyMap<string, string> = new Map(
  [
    ...['Apache-2.0', 'MIT', 'MPL-2.0', 'BSD-2-Clause', 'BSD-3-Clause', 'ISC', 'Unlicense', 'CC0-1.0'],
    ...[
      'CC-BY-3.0',
      'CC-BY-4.0',
      'CC-BY-SA-3.0',
      'CC-BY-SA-4.0',
      'CC-BY-NC-4.0',
      'CC-BY-NC-SA-4.0',
      'CC-BY-NC-ND-4.0',
    ],
    ...[
      'GPL-2.0',
      'GPL-3.0',
      'AGPL-3.0',
      'LGPL-3.0',
      'AFL-3.0',
      'Artistic-2.0',
      'EUPL-1.1',
      'OFL-1.1',
      'WTFPL',
    ],
  ].map((id) => [id.toLowerCase(), id]),
);

/** SPDX of the `license:...` tag; `LicenseRef-...` for the hub's own words, `NOASSERTION` when it says nothing. */
export function licenceOf(tags: readonly string[]): string {
  const word = tags.find((tag) => tag.startsWith('license:'))?.slice('license:'.length) ?? '';
  if (word === '' || word === 'unknown') return 'NOASSERTION';
  return spdx.get(word.toLowerCase()) ?? `LicenseRef-${word.replace(/[^A-Za-z0-9.-]/g, '-')}`;
}
