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
  const render = (block: readonly string[][]) => {
    if (block.length === 0) return [];
    const table = new Table({
      chars: NO_BORDERS,
      style: { 'padding-left': 0, 'padding-right': GAP, 'head': [], 'border': [] },
      colWidths: widths.map((width) => width + GAP),
      colAligns: columns.map(({ align }) => align ?? 'left'),
    });
    table.push(...block);
    return table.toString().split('\n').map((line) => `${indent}${line}`.trimEnd());
  };
  const rule = options.dim('─'.repeat(Math.min(options.width, widths.reduce((sum, width) => sum + width + GAP, indent.length - GAP))));
  const head = render(toLines(columns.map((column) => ({ text: column.head, paint: options.dim })), widths));
  return [
    ...head,
    rule,
    ...blocks(rows, widths).flatMap((block) => ('heading' in block ? wrap(block.heading.text, options.width).map(block.heading.paint ?? String) : render(block))),
    ...(options.total ? [rule, ...render(toLines(options.total, widths))] : []),
  ];
}

/** Lines between headings, in pieces: cli-table3 compares each row of a table with all the others. */
function blocks(rows: readonly Row[], widths: readonly number[]): ({ heading: Cell } | string[][])[] {
  const result: ({ heading: Cell } | string[][])[] = [];
  for (const row of rows) {
    const last = result[result.length - 1];
    if ('heading' in row) result.push(row);
    else if (Array.isArray(last) && last.length < 100) last.push(...toLines(row, widths));
    else result.push(toLines(row, widths));
  }
  return result;
}

/**
 * One row as lines of cells: cli-table3 takes minutes for cells of many lines, and colour that runs over a line end would colour the
 * next column too.
 */
function toLines(row: readonly Cell[], widths: readonly number[]): string[][] {
  const cells = row.map(({ text }, at) => wrap(text, widths[at]!));
  const height = Math.max(...cells.map((lines) => lines.length));
  return Array.from({ length: height }, (_, line) => cells.map((lines, at) => {
    const text = lines[line] ?? '';
    return text && row[at]!.paint ? row[at]!.paint(text) : text;
  }));
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
