export * from './container-images';
export * from './image-janitor';
export * from './notifications';
export * from './runner';
export * from './usage';
