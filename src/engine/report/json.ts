import type { Report } from '../../contract/report';

/**
 * The report as JSON. Characters that would steer a terminal or hide in it are escaped (JSON.stringify leaves those above U+007E as
 * they are), which changes nothing for a parser.
 */
export function renderJson(report: Report): string {
  return `${escapeInvisible(JSON.stringify(report, undefined, 2))}\n`;
}

/** On one line, for a log. */
export function toJsonLine(value: unknown): string {
  return escapeInvisible(JSON.stringify(value));
}

function escapeInvisible(json: string): string {
  // The line breaks of the indentation are outside strings; JSON.stringify has escaped those that are inside.
  return json.replace(/[^\P{Cc}\n]|[\p{Cf}\p{Zl}\p{Zp}\p{Co}]/gu, (character) => {
    let escaped = '';
    for (let at = 0; at < character.length; at += 1) escaped += `\\u${character.charCodeAt(at).toString(16).padStart(4, '0')}`;
    return escaped;
  });
}
