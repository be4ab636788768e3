import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { sampleImage, sampleReport } from './sample';
import { renderJson } from '../../../src/engine/report/json';
import { reportJsonSchema, reportSchema } from '../../../src/engine/report/schema';

test('docs/report.schema.json is the schema of the report (npx tsx scripts/report-schema.ts writes it)', () => {
  const committed = JSON.parse(readFileSync(join(__dirname, '../../../docs/report.schema.json'), 'utf8'));
  expect(committed).toEqual(JSON.parse(JSON.stringify(reportJsonSchema())));
});

test('a report satisfies its schema', () => {
  expect(reportSchema.parse(JSON.parse(renderJson(sampleReport())))).toEqual(JSON.parse(JSON.stringify(sampleReport())));
});

test.each([
  ['a verdict', { verdict: 'maybe' }], ['a reason', { reasons: [{ code: 'because', text: '' }] }], ['a size', { sizeBytes: -1 }], ['a time', { pushedAt: 'yesterday' }],
])('%s that the contract does not have does not satisfy it', (_what, change) => {
  const report = sampleReport({}, [{ ...sampleImage('app', 'one', 'keep', ['referenced']), ...change } as any]);
  expect(reportSchema.safeParse(report).success).toBe(false);
});

test('a field that a newer engine adds is allowed', () => {
  expect(reportSchema.safeParse({ ...sampleReport(), added: true }).success).toBe(true);
  expect(JSON.stringify(reportJsonSchema())).not.toContain('additionalProperties');
});

test('every field that images and the run have is described in docs/report.md', () => {
  const docs = readFileSync(join(__dirname, '../../../docs/report.md'), 'utf8');
  const { run, images } = reportSchema.shape;
  const fields = [...Object.keys(run.shape), ...Object.keys(images.element.shape)];
  expect(fields.filter((field) => !docs.includes(`\`${field}`))).toEqual([]);
});

describe('the JSON', () => {
  test('parses to the report, whatever its names hold', () => {
    const evil = 'v1\u001b[2J\u0085\u202e\u{e0001}"\\\n\u2028';
    const report = sampleReport({}, [sampleImage('app', 'one', 'delete', ['expired'], { tags: [evil] })]);
    const json = renderJson(report);
    expect(JSON.parse(json)).toEqual(JSON.parse(JSON.stringify(report)));
    expect(json).not.toMatch(/[^\P{C}\n]/u);
  });

  test('ends with a line end', () => {
    expect(renderJson(sampleReport())).toMatch(/\}\n$/);
  });
});
