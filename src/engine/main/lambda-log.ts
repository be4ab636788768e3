import type { ImageReport, Report } from '../../contract/report';
import { toJsonLine } from '../report/json';
import { renderMetrics } from '../report/metrics';
import { renderTable } from '../report/table';

/**
 * The most that one line may hold. A log event is at most 1 MB (see "CloudWatch Logs quotas" in the CloudWatch Logs user guide), but
 * was 256 KB until 2025, and still is in places that a log may be sent on to.
 */
const MAX_LINE_BYTES = 200_000;
/** The text is for a first look; the record has all. */
const MAX_TABLE_IMAGES = 100;

/** The report as log lines: JSON for queries, one line in the embedded metric format, and text for people. */
export function* reportLines(report: Report): Generator<string> {
  yield* jsonLines('run', { ...report.run });
  for (const repository of report.repositories) yield toJsonLine({ type: 'repository', run: report.run.id, ...repository });
  for (const [name, images] of notKept(report)) yield* imageLines(report.run.id, name, images);
  // On a line of its own and whole, or CloudWatch makes no metrics of it.
  yield renderMetrics(report);
  // A log event cannot be empty.
  yield* renderTable(report, { columns: 120, maxImages: MAX_TABLE_IMAGES }).split('\n').filter((line) => line !== '');
}

/** An object that is too large for one line becomes one line for each of its fields, and lists are cut into pieces. */
function* jsonLines(type: string, { id, ...fields }: Report['run']): Generator<string> {
  const whole = toJsonLine({ type, id, ...fields });
  if (fits(whole)) {
    yield whole;
    return;
  }
  for (const [key, value] of Object.entries(fields)) {
    if (Array.isArray(value)) for (const part of pieces(value)) yield toJsonLine({ type, id, [key]: part });
    else yield toJsonLine({ type, id, [key]: value });
  }
}

function* imageLines(run: string, repository: string, images: readonly ImageReport[]): Generator<string> {
  const brief = images.map(({ digest, tags, role, verdict, reasons, sizeBytes, pushedAt, outcome }) => ({
    digest, tags, role, verdict, reasons: reasons.map(({ code }) => code), sizeBytes, pushedAt, outcome,
  }));
  for (const part of pieces(brief)) yield toJsonLine({ type: 'images', run, repository, images: part });
}

/** Splits a list so that each piece, with what surrounds it, fits into a line. */
function* pieces<Item>(items: readonly Item[]): Generator<Item[]> {
  let piece: Item[] = [];
  let size = 0;
  for (const item of items) {
    const bytes = Buffer.byteLength(toJsonLine(item)) + 1;
    if (piece.length > 0 && size + bytes > MAX_LINE_BYTES - 2_000) {
      yield piece;
      piece = [];
      size = 0;
    }
    piece.push(item);
    size += bytes;
  }
  if (piece.length > 0) yield piece;
}

function fits(line: string): boolean {
  return Buffer.byteLength(line) <= MAX_LINE_BYTES;
}

function notKept(report: Report): Map<string, ImageReport[]> {
  const byRepository = new Map<string, ImageReport[]>();
  for (const image of report.images) {
    if (image.verdict === 'keep') continue;
    const list = byRepository.get(image.repository);
    if (list) list.push(image);
    else byRepository.set(image.repository, [image]);
  }
  return byRepository;
}
