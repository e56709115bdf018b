// Compares two folders of templates with the library behind `cdk diff`, and prints what differs as JSON.
// Usage: node compare.mjs BASE HEAD, where each holds ENVIRONMENT/STACK.template.json, and what is nested below it.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, relative, sep } from 'node:path';

import { fullDiff } from '@aws-cdk/cloudformation-diff';

const SUFFIX = '.template.json';
const [base, head] = process.argv.slice(2);

/** Template files below `folder`, by path; assets are no stacks. */
function templates(folder, below = folder) {
  return readdirSync(below, { withFileTypes: true }).flatMap((entry) => {
    const path = join(below, entry.name);
    if (entry.isDirectory()) {
      return entry.name.startsWith('asset.') || entry.name === 'artifacts' ? [] : templates(folder, path);
    }
    return entry.name.endsWith(SUFFIX) ? [relative(folder, path)] : [];
  });
}

const read = (path) => (existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')) : {});

/** Construct paths by logical id, which CDK writes beside a template. */
function constructPaths(template) {
  const found = {};
  for (const [path, entries] of Object.entries(read(template.replace(/(\.nested)?\.template\.json$/, '.metadata.json')))) {
    for (const entry of entries) {
      if (entry.type === 'aws:cdk:logicalId') found[entry.data] = path.replace(/^\//, '').replace(/\/Resource$/, '');
    }
  }
  return found;
}

/** The rows of a table of the library, without its heading. */
const rows = (table) => table.slice(1);

function resource(id, change) {
  return {
    id,
    type: change.newResourceType ?? change.oldResourceType,
    impact: change.changeImpact,
    properties: Object.entries(change.propertyUpdates).map(([name, update]) => ({ name, impact: update.changeImpact })),
    attributes: Object.keys(change.otherChanges).filter((name) => name !== 'Type'),
    before: change.oldValue ?? null,
    after: change.newValue ?? null,
  };
}

function compare(path) {
  const [before, after] = [join(base, path), join(head, path)];
  const difference = fullDiff(read(before), read(after));
  const resources = [];
  difference.resources.forEachDifference((id, change) => resources.push(resource(id, change)));
  const others = [];
  for (const kind of ['parameters', 'outputs', 'conditions', 'mappings']) {
    difference[kind].forEachDifference((id) => others.push(`${kind}: ${id}`));
  }
  return {
    environment: path.split(sep)[0],
    stack: path.split(sep).at(-1).slice(0, -SUFFIX.length),
    paths: { ...constructPaths(before), ...constructPaths(after) },
    resources,
    others,
    statements: rows(difference.iamChanges.summarizeStatements()),
    managed_policies: rows(difference.iamChanges.summarizeManagedPolicies()),
    security_groups: rows(difference.securityGroupChanges.summarize()),
  };
}

const paths = [...new Set([...templates(base), ...templates(head)])].sort();
const found = paths.map(compare).filter((one) => one.resources.length + one.others.length > 0);
process.stdout.write(JSON.stringify({ compared: paths, stacks: found }));
