/** The report for people: what goes and why first, what was held and the fix next, what stays and why in numbers. */
import pc from 'picocolors';
import { type Cell, type Column, renderColumns, type Row } from './columns';
import { REASONS, STATUSES } from './reasons';
import { digestShortener, formatAge, formatCount, formatDollars, formatMilliseconds, plural, printable, wrap } from './text';
import type { ImageReport, ReasonCode, Report, RunMessage } from '../../contract/report';
import { formatBytes } from '../../contract/sizes';
import { isIndex } from '../plan/media-types';

export interface TableOptions {
  /** Width of the terminal; from 72 to 160 are used. @default 100 */
  readonly columns?: number;
  /** @default false */
  readonly colors?: boolean;
  /** The most images that each list shows; the JSON report has all. @default all of them */
  readonly maxImages?: number;
}

interface Page {
  readonly width: number;
  readonly paint: ReturnType<typeof pc.createColors>;
  readonly maxImages: number;
  readonly shorten: (digest: string) => string;
}

/** Reasons that name one image each would be as long as the list. */
const MOST_REASONS = 10;

export function renderTable(report: Report, options: TableOptions = {}): string {
  const page: Page = {
    // The numbers alone need 72; lines of more than 160 are hard to read.
    width: Math.min(160, Math.max(72, options.columns ?? 100)),
    paint: pc.createColors(options.colors ?? false),
    maxImages: options.maxImages ?? Infinity,
    shorten: digestShortener(report.images.map(({ digest }) => digest)),
  };
  const toGo = report.images.filter(({ verdict }) => verdict !== 'keep' && verdict !== 'hold');
  const held = report.images.filter(({ verdict }) => verdict === 'hold');
  const sections = [
    headline(report, page),
    messages(report.run.messages, page),
    repositories(report, page),
    images(goTitle(report, toGo), toGo, report, page),
    images(`Held: ${plural(held.length, 'image')} that would go if it were certain`, held, report, page),
    kept(report, page),
    completeness(report, page),
    summary(report, page),
  ];
  return `${sections.filter((lines) => lines.length > 0).map((lines) => lines.join('\n')).join('\n\n')}\n`;
}

function headline({ run }: Report, { paint, width }: Page): string[] {
  const color = { COMPLETE: paint.green, PARTIAL: paint.yellow, INCOMPLETE: paint.red, FAILED: paint.red, BAD_INPUT: paint.red }[run.status];
  const took = formatMilliseconds(Date.parse(run.finishedAt) - Date.parse(run.startedAt));
  const mode = run.mode === 'ENFORCE' ? 'ENFORCE' : 'REPORT_ONLY (nothing is changed)';
  const meaning = run.status === 'COMPLETE' && run.mode === 'REPORT_ONLY' ? 'everything was read' : STATUSES[run.status];
  const [first, ...rest] = wrap(`${run.status}: ${meaning} (${took})`, width);
  return [
    paint.bold(printable(run.janitor)),
    ...wrap([mode, run.account, run.region, run.id].map(printable).join(' · '), width).map(paint.dim),
    first!.replace(run.status, (status) => color(paint.bold(status))),
    ...rest,
  ];
}

function messages(all: readonly RunMessage[], { paint, width }: Page): string[] {
  const colors = { info: paint.dim, warning: paint.yellow, error: paint.red };
  return all.flatMap(({ level, code, text, fix }) => [
    ...wrap(`${level}: ${printable(text)} (${printable(code)})`, width).map((line) => colors[level](line)),
    ...(fix ? wrap(`fix: ${printable(fix)}`, width, '  ') : []),
  ]);
}

function repositories(report: Report, page: Page): string[] {
  if (report.repositories.length === 0) return ['No repository is in this report.'];
  const { paint } = page;
  const enforced = report.run.mode === 'ENFORCE';
  const columns: Column[] = [
    { head: 'Repository', flexible: 1 },
    ...['Images', 'Keep', 'Hold', 'Delete', ...(enforced ? ['Deleted'] : []), 'Stored', enforced ? 'Freed' : 'To free'].map((head): Column => ({ head, align: 'right' })),
  ];
  const row = (name: string, counts: typeof report.run.counts, bytes: typeof report.run.bytes): Cell[] => [
    { text: name },
    { text: formatCount(counts.images) },
    { text: formatCount(counts.keep) },
    number(counts.hold, paint.yellow),
    number(counts.delete, paint.red),
    ...(enforced ? [number(counts.deleted, paint.red)] : []),
    { text: formatBytes(bytes.total) },
    { text: formatBytes(enforced ? bytes.deleted : bytes.delete) },
  ];
  const rows = report.repositories.map(({ name, rule, counts, bytes }) => row(`${printable(name)}${rule === undefined ? ' (no rule)' : ''}`, counts, bytes));
  const total = row(`${plural(report.repositories.length, 'repository', 'repositories')}`, report.run.counts, report.run.bytes);
  return renderColumns(columns, rows, { width: page.width, dim: paint.dim, total });
}

function number(count: number, paint: (text: string) => string): Cell {
  return count === 0 ? { text: '0' } : { text: formatCount(count), paint };
}

function goTitle({ run }: Report, toGo: readonly ImageReport[]): string {
  const size = formatBytes(toGo.reduce((sum, { sizeBytes, mediaType }) => sum + (isIndex(mediaType) ? 0 : sizeBytes), 0));
  if (run.mode === 'REPORT_ONLY') return `Would be deleted: ${plural(toGo.length, 'image')}, ${size}`;
  return `To be deleted: ${plural(toGo.length, 'image')}, ${size}; deleted: ${formatCount(run.counts.deleted)}, ${formatBytes(run.bytes.deleted)}`;
}

function images(title: string, list: readonly ImageReport[], report: Report, page: Page): string[] {
  if (list.length === 0) return [];
  const { paint, shorten } = page;
  const shown = list.slice(0, page.maxImages);
  const withOutcome = shown.some((image) => !['none', 'planned'].includes(image.outcome.status));
  const columns: Column[] = [
    { head: 'Digest' },
    { head: 'Tags', flexible: 1 },
    { head: 'Age', align: 'right' },
    { head: 'Size', align: 'right' },
    { head: 'Why', flexible: 1 },
    ...(withOutcome ? [{ head: 'Outcome', flexible: 1 } satisfies Column] : []),
  ];
  let last: string | undefined;
  const rows = shown.flatMap((image): Row[] => {
    const heading = image.repository === last ? [] : [{ heading: { text: printable(image.repository), paint: paint.bold } }];
    last = image.repository;
    return [...heading, [
      { text: shorten(image.digest) },
      image.tags.length > 0 ? { text: image.tags.map(printable).join(', ') } : { text: image.role === 'root' ? 'untagged' : image.role, paint: paint.dim },
      { text: formatAge(image.pushedAt, report.run.startedAt) },
      { text: isIndex(image.mediaType) ? 'index' : formatBytes(image.sizeBytes) },
      { text: [...new Set(image.reasons.map(({ code }) => code))].join(', ') },
      ...(withOutcome ? [outcome(image, page)] : []),
    ]];
  });
  const more = list.length - shown.length;
  return [
    paint.bold(title),
    ...renderColumns(columns, rows, { width: page.width, dim: paint.dim }),
    ...(more > 0 ? [paint.dim(`and ${formatCount(more)} more, in the JSON report`)] : []),
    ...legend(list, page),
  ];
}

function outcome(image: ImageReport, { paint }: Page): Cell {
  const { status, code, text } = image.outcome;
  const color = {
    'none': paint.dim, 'planned': paint.dim, 'deleted': paint.green, 'dropped': paint.yellow, 'refused': paint.red, 'not-attempted': paint.yellow,
  }[status];
  const words = [status === 'none' ? undefined : status, code, text].filter((part) => part !== undefined);
  return { text: words.map(printable).join(': '), paint: color };
}

/** The reasons in full, once each. */
function legend(list: readonly ImageReport[], { width, paint }: Page): string[] {
  const counts = new Map<string, number>();
  for (const { reasons } of list) {
    // What a member inherits names its roots, and differs from image to image.
    const inherits = (code: ReasonCode) => code === 'parent-expired' || code === 'held-by-parent';
    for (const reason of new Set(reasons.map(({ code, text }) => `${code}: ${inherits(code) ? REASONS[code] : printable(text)}`))) counts.set(reason, (counts.get(reason) ?? 0) + 1);
  }
  const most = [...counts].sort(([, one], [, other]) => other - one);
  const more = most.length - MOST_REASONS;
  return [
    '',
    ...most.slice(0, MOST_REASONS).flatMap(([reason, count]) => wrap(`${reason} (${plural(count, 'image')})`, width)),
    ...(more > 0 ? [`and ${formatCount(more)} more reasons, in the JSON report`] : []),
  ].map((line) => (line ? paint.dim(line) : line));
}

function kept(report: Report, page: Page): string[] {
  const stay = report.images.filter(({ verdict }) => verdict === 'keep');
  if (stay.length === 0) return [];
  const byReason = new Map<ReasonCode, number>();
  for (const { reasons } of stay) for (const code of new Set(reasons.map((reason) => reason.code))) byReason.set(code, (byReason.get(code) ?? 0) + 1);
  const rows = [...byReason]
    .sort(([one, oneCount], [other, otherCount]) => otherCount - oneCount || (one < other ? -1 : 1))
    .map(([code, count]): Cell[] => [{ text: code }, { text: formatCount(count) }, { text: REASONS[code] ?? '', paint: page.paint.dim }]);
  const columns: Column[] = [{ head: 'Reason' }, { head: 'Images', align: 'right' }, { head: 'Meaning', flexible: 1 }];
  return [page.paint.bold(`Kept: ${plural(stay.length, 'image')}, for one reason or several`), ...renderColumns(columns, rows, { width: page.width, dim: page.paint.dim })];
}

function completeness({ run }: Report, { paint, width }: Page): string[] {
  const { completeness: sources, references: found } = run;
  if (sources.length === 0) return [];
  const colors = { COMPLETE: paint.green, INCOMPLETE: paint.red, DISABLED: paint.yellow };
  const nameWidth = Math.max(...sources.map(({ source }) => source.length));
  const fates = [
    [found.resolved, 'protect an image here'],
    [found.elsewhere, 'name another registry, account or Region'],
    [found.outOfScope, 'name a repository that no rule selects'],
    [found.dangling, 'name an image that is not there'],
  ] as const;
  const total = fates.reduce((sum, [count]) => sum + count, 0);
  const named = fates.filter(([count]) => count > 0).map(([count, meaning]) => `${formatCount(count)} ${meaning}`);
  return [paint.bold('What was read'), ...sources.flatMap(({ source, status, references, problems }) => [
    `  ${printable(source).padEnd(nameWidth)}  ${colors[status](status)}${source === 'ecr' || status === 'DISABLED' ? '' : `  ${plural(references, 'reference')}`}`,
    ...problems.flatMap(({ text, fix }) => [...wrap(printable(text), width, '    '), ...(fix ? wrap(`fix: ${printable(fix)}`, width, '    ').map(paint.bold) : [])]),
  ]), ...(total > 0 ? wrap(`Of ${plural(total, 'reference')}: ${named.join(', ')}`, width, '  ') : [])];
}

function summary({ run }: Report, { paint, width }: Page): string[] {
  const { savings, calls, phases, planHash } = run;
  const sum = (key: 'count' | 'retries' | 'errors') => calls.reduce((total, call) => total + call[key], 0);
  const most = [...calls].sort((one, other) => other.count - one.count).slice(0, 5).map((call) => `${call.service} ${call.operation} ${formatCount(call.count)}`);
  const saved = `Saves at most ${formatDollars(savings.projectedMonthly)} a month${run.mode === 'ENFORCE' ? `, ${formatDollars(savings.realisedMonthly)} of it now` : ''}`;
  const lines = [
    // Of a run that got no further than its start, nothing is known to be saved, not even nothing.
    ...(run.counts.images > 0 ? [`${saved}: ${printable(savings.priceNote)}`] : []),
    `${plural(sum('count'), 'call')} to AWS, ${plural(sum('retries'), 'retry', 'retries')}, ${plural(sum('errors'), 'error')}${most.length > 0 ? ` (most: ${most.join(', ')})` : ''}`,
    ...(phases.length > 0 ? [`Time: ${phases.map(({ name, milliseconds }) => `${printable(name)} ${formatMilliseconds(milliseconds)}`).join(', ')}`] : []),
    ...(planHash ? [`Plan ${printable(planHash)}`] : []),
  ];
  return lines.flatMap((line) => wrap(line, width).map(paint.dim));
}
