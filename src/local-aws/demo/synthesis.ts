import { execFile } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';

export interface Synthesised {
  readonly folder: string;
  readonly stackName: string;
  readonly template: unknown;
  readonly resourceCount: number;
}

/** Runs the demo's app as `cdk synth` would. */
export async function synthesise(command: string, folder: string, mode: string): Promise<Synthesised> {
  const [program, ...args] = command.split(' ') as [string, ...string[]];
  const bin = join(process.cwd(), 'node_modules', '.bin');
  try {
    await promisify(execFile)(program === 'node' ? process.execPath : program, args, {
      env: { ...process.env, CDK_OUTDIR: folder, JANITOR_MODE: mode, PATH: `${bin}:${process.env.PATH ?? ''}` },
    });
  } catch (error) {
    const { stderr, message } = error as { stderr?: string; message: string };
    throw new Error(`the demo's app could not be synthesised (${command}): ${stderr?.trim() || message}`);
  }
  const file = readdirSync(folder).find((name) => name.endsWith('.template.json'))!;
  const template = JSON.parse(readFileSync(join(folder, file), 'utf8')) as { Resources: object };
  return { folder, stackName: file.replace('.template.json', ''), template, resourceCount: Object.keys(template.Resources).length };
}

/** The app that the package ships, run with the aws-cdk-lib that is installed beside it. */
export function shippedApp(packageFolder: string): string {
  const app = join(packageFolder, 'lib', 'private', 'demo-app.js');
  if (!existsSync(app)) throw new Error(`${app} is not there: the package is not whole`);
  try {
    require.resolve('aws-cdk-lib', { paths: [packageFolder] });
  } catch {
    throw new Error('the demo synthesises an app: install aws-cdk-lib and constructs beside cdk-image-janitor, and start it again');
  }
  return `node ${app}`;
}
