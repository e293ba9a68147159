import process from 'node:process';
import { text } from 'node:stream/consumers';

/** What `pip-audit --format json` found, a line each; the exit code is that of audit-python-packages.sh. */
const unknown = 75; // EX_TEMPFAIL of sysexits.h
const longestDescription = 120;

const { dependencies } = parse(await text(process.stdin));
if (dependencies === undefined) giveUp('the service of advisories does not answer');
const known = dependencies.filter(({ vulns }) => vulns !== undefined);
if (known.length === 0) giveUp('the service gives no advisories');

// Their advisories bear no severity: what can be mended is serious, and what cannot is said.
const found = known.flatMap(({ name, version, vulns }) => vulns.map((each) => ({ name, version, ...each })));
for (const { name, version, id, fix_versions: fixes, description } of found)
  say(
    `${name} ${version}: ${description.slice(0, longestDescription)} (${id}, ${fixes.length > 0 ? `mended in ${fixes.join(', ')}` : 'not mended yet'})`,
  );
process.exit(found.some(({ fix_versions: fixes }) => fixes.length > 0) ? 1 : 0);

function giveUp(reason) {
  say(`packages of Python were not audited: ${reason}`);
  process.exit(unknown);
}

function parse(json) {
  try {
    return JSON.parse(json);
  } catch {
    return {};
  }
}

function say(line) {
  process.stderr.write(`${line}\n`);
}
