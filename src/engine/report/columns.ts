import Table from 'cli-table3';
import { wrap } from './text';

export interface Column {
  readonly head: string;
  readonly align?: 'left' | 'right';
  /** Gives way when the terminal is narrow, by this weight; the others keep their width. */
  readonly flexible?: number;
}

export interface Cell {
  readonly text: string;
  readonly paint?: (text: string) => string;
}

/** Cells by column, or one line over all of them. */
export type Row = readonly Cell[] | { readonly heading: Cell };

const NO_BORDERS = Object.fromEntries(
  'top,top-mid,top-left,top-right,bottom,bottom-mid,bottom-left,bottom-right,left,left-mid,mid,mid-mid,right,right-mid,middle'
    .split(',').map((name) => [name, '']),
);
const GAP = 2;
const NARROWEST = 8;

/**
 * Columns without borders, under a head and a rule: it survives copying, `grep` and narrow terminals. Long cells are broken into
 * lines, never cut: half a repository name is somebody else's name.
 */
export function renderColumns(
  columns: readonly Column[],
  rows: readonly Row[],
  options: { readonly width: number; readonly dim: (text: string) => string; readonly total?: readonly Cell[] },
): string[] {
  const cells = [...rows, ...(options.total ? [options.total] : [])].filter((row) => !('heading' in row)) as (readonly Cell[])[];
  const indent = cells.length < rows.length ? '  ' : '';
  const widths = fit(columns, cells, options.width - indent.length);
  const render = (block: readonly (readonly Cell[])[]) => {
    if (block.length === 0) return [];
    const table = new Table({
      chars: NO_BORDERS,
      style: { 'padding-left': 0, 'padding-right': GAP, 'head': [], 'border': [] },
      colWidths: widths.map((width) => width + GAP),
      colAligns: columns.map(({ align }) => align ?? 'left'),
    });
    for (const row of block) table.push(row.map(({ text, paint }, at) => paintLines(wrap(text, widths[at]!), paint)));
    return table.toString().split('\n').map((line) => `${indent}${line}`.trimEnd());
  };
  const rule = options.dim('─'.repeat(Math.min(options.width, widths.reduce((sum, width) => sum + width + GAP, indent.length - GAP))));
  const head = render([columns.map((column) => ({ text: column.head, paint: options.dim }))]);
  return [
    ...head,
    rule,
    ...blocks(rows).flatMap((block) => ('heading' in block ? wrap(block.heading.text, options.width).map(block.heading.paint ?? String) : render(block))),
    ...(options.total ? [rule, ...render([options.total])] : []),
  ];
}

/** Rows between headings, in pieces: cli-table3 compares each row of a table with all the others. */
function blocks(rows: readonly Row[]): ({ heading: Cell } | (readonly Cell[])[])[] {
  const result: ({ heading: Cell } | (readonly Cell[])[])[] = [];
  for (const row of rows) {
    const last = result[result.length - 1];
    if ('heading' in row) result.push(row);
    else if (Array.isArray(last) && last.length < 100) last.push(row);
    else result.push([row]);
  }
  return result;
}

function fit(columns: readonly Column[], rows: readonly (readonly Cell[])[], width: number): number[] {
  const natural = columns.map(({ head }, at) => rows.reduce((most, row) => Math.max(most, [...(row[at]?.text ?? '')].length), head.length));
  let excess = natural.reduce((sum, each) => sum + each + GAP, -GAP) - width;
  const widths = [...natural];
  // Takes from the widest first (by weight), one character at a time: fair, and the numbers are small.
  while (excess > 0) {
    let widest = -1;
    columns.forEach(({ flexible }, at) => {
      if (!flexible || widths[at]! <= NARROWEST) return;
      if (widest < 0 || widths[at]! / flexible > widths[widest]! / columns[widest]!.flexible!) widest = at;
    });
    if (widest < 0) break;
    widths[widest]! -= 1;
    excess -= 1;
  }
  return widths;
}

/** Each line on its own: colour that runs over a line end would colour the next column too. */
function paintLines(lines: readonly string[], paint: ((text: string) => string) | undefined): string {
  return lines.map((line) => (paint && line ? paint(line) : line)).join('\n');
}
