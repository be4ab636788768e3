/** The bundle's entry: Lambda loads it for the handler, everyone else starts it as a program. */
import { cli } from './cli';
import { surviveBrokenOutput } from './streams';

export { handler } from './lambda';

if (require.main === module) {
  surviveBrokenOutput(process);
  // The SDK's notice about its own support of Node would head every run on Node 20, and is not about the run. Other warnings stay.
  process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= 'true';
  void cli(process.argv.slice(2), { stdout: process.stdout, stderr: process.stderr, env: process.env, folder: process.cwd(), signals: process })
    .then((status) => {
      process.exitCode = status;
    });
}
