export { folderRecord } from './folder';
export { memoryRecord } from './memory';
export { s3Record } from './s3';
export type { RecordStore, StoredObject, WriteCondition } from './store';
