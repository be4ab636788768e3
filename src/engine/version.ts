/** Set by the bundler from package.json. */
export const ENGINE_VERSION = process.env.CDK_IMAGE_JANITOR_VERSION ?? '0.0.0';
