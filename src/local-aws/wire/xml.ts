/** XML of a document: arrays repeat their element, undefined is left out. */
export function toXml(name: string, value: unknown, attributes = ''): string {
  if (value === undefined || value === null) return '';
  if (Array.isArray(value)) return value.map((item) => toXml(name, item)).join('');
  const content = typeof value === 'object'
    ? Object.entries(value).map(([child, inner]) => toXml(child, inner)).join('')
    : escapeXml(String(value));
  return `<${name}${attributes}>${content}</${name}>`;
}

export function escapeXml(text: string): string {
  return text.replace(/[<>&"'\r\n]/g, (character) => `&#${character.charCodeAt(0)};`);
}
