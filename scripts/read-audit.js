import process from 'node:process';
import { text } from 'node:stream/consumers';

/** What `npm audit --json` found, a line each; the exit code is that of audit-packages.sh. */
const serious = ['high', 'critical'];
const unknown = 75; // EX_TEMPFAIL of sysexits.h

const report = parse(await text(process.stdin));
if (report.vulnerabilities === undefined) {
  const reason = report.message ?? report.error?.summary ?? 'no answer';
  say(`packages were not audited: the registry gives no advisories (${reason.split(' - ')[0]})`);
  process.exit(unknown);
}
const found = Object.values(report.vulnerabilities)
  .filter(({ severity }) => serious.includes(severity))
  // Only an advisory is an object in `via`; a package that is affected through another names that one.
  .flatMap(({ name, via }) =>
    via.filter((each) => typeof each === 'object').map((each) => ({ name, ...each })),
  );
for (const { name, severity, title, range, url } of found)
  say(`${name} ${range}: ${title} (${severity}, ${url})`);
process.exit(found.length > 0 ? 1 : 0);

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
