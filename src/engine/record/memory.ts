import type { RecordStore, StoredObject } from './store';

/** A record that is gone with the process: for a plan that is only looked at. */
export function memoryRecord(): RecordStore {
  const objects = new Map<string, StoredObject>();
  let writes = 0;
  return {
    location: 'memory',
    read: async (key) => objects.get(key),
    write: async (key, body, condition) => {
      const present = objects.get(key);
      if (condition && 'ifAbsent' in condition && present) return undefined;
      if (condition && 'ifMatch' in condition && present?.etag !== condition.ifMatch) return undefined;
      const stored = { body, etag: String(++writes) };
      objects.set(key, stored);
      return stored;
    },
    list: async (prefix) => [...objects.keys()].filter((key) => key.startsWith(prefix)).sort(),
  };
}
