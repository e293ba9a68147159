/**
 * complete-sbom.js [PART...]: reads npm's bill of materials and adds what npm knows nothing of: the packages of this
 * Debian, and the parts named, by the arguments of the Dockerfile that chose them. A model is told by its licence and the
 * SHA-256 of its manifest, which holds those of its files. Plain JavaScript without packages: it runs where an image is
 * built.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import process from 'node:process';
import { json } from 'node:stream/consumers';
import { URL } from 'node:url';

const read = (path) => JSON.parse(readFileSync(new URL(path, import.meta.url), 'utf8'));

function debianPackages() {
  if (!existsSync('/var/lib/dpkg/status')) return [];
  const format = '${binary:Package}\t${Version}\t${Architecture}\n';
  const lines = execFileSync('dpkg-query', ['--show', `--showformat=${format}`], { encoding: 'utf8' });
  return lines
    .trim()
    .split('\n')
    .map((line) => line.split('\t'))
    .map(([qualified, version, architecture]) => {
      const name = qualified.split(':')[0];
      const purl = `pkg:deb/debian/${name}@${encodeURIComponent(version)}?arch=${architecture}`;
      return { 'bom-ref': purl, type: 'library', name, version, purl };
    });
}

function models() {
  return Object.entries(read('../models/starter.lock.json').models).map(([name, { manifestSha256 }]) => {
    const { revision, description, licence } = read(`../models/${name}/manifest.json`);
    return {
      'bom-ref': `model:${name}@${revision}`,
      type: 'machine-learning-model',
      ...{ name, version: revision, description },
      hashes: [{ alg: 'SHA-256', content: manifestSha256 }],
      licenses: [{ expression: licence.spdx }],
    };
  });
}

/** What a file of requirements pins. */
const pinned = (requirements) =>
  [...readFileSync(new URL(requirements, import.meta.url), 'utf8').matchAll(/^([\w-]+)==(\S+)/gm)].map(
    ([, name, version]) => {
      const purl = `pkg:pypi/${name}@${version}`;
      return { 'bom-ref': purl, type: 'library', name, version, purl };
    },
  );

const parts = {
  'models-starter': models,
  'ffmpeg-static': () => pinned('requirements-ffmpeg.txt'),
  cuda: () => pinned('requirements-cuda.txt'),
};

const bill = await json(process.stdin);
bill.components.push(...debianPackages(), ...process.argv.slice(2).flatMap((part) => parts[part]?.() ?? []));
// What differs from run to run: the same commit gives the same file, and so the same layer.
delete bill.serialNumber;
delete bill.metadata.timestamp;
process.stdout.write(`${JSON.stringify(bill, null, 2)}\n`);
