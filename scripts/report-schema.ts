#!/usr/bin/env -S npx tsx
// Writes docs/report.schema.json from the report's schema; a test compares the two.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { reportJsonSchema } from '../src/engine/report/schema';

writeFileSync(join(__dirname, '../docs/report.schema.json'), `${JSON.stringify(reportJsonSchema(), undefined, 2)}\n`);
