#!/usr/bin/env bash
# Installs the packed package into an empty CDK app, on the oldest and on the newest aws-cdk-lib, and synthesises both runners
# without network, Docker, esbuild or any other program. Needs Node, a package registry and `npm ci`.
set -euo pipefail
cd "$(dirname "$0")/.."
export JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION=20

temporary="$(mktemp -d)"
trap 'rm -rf "$temporary"' EXIT

echo 'Packing the package'
[ -f assets/engine/index.js ] || node scripts/bundle.mjs
node_modules/.bin/jsii --silence-warnings=reserved-word
npm pack --silent --ignore-scripts --pack-destination "$temporary" > /dev/null
tarball="$(echo "$temporary"/*.tgz)"
node_path="$(command -v node)"

floor() { node -p "require('./package.json').peerDependencies['$1'].replace('^', '')"; }
installed() { node -p "require('$1/package.json').version"; }

check() {
  local cdk="$1" constructs="$2" app="$temporary/app-$1"
  echo "Installing the package with aws-cdk-lib $cdk and constructs $constructs"
  mkdir "$app"
  echo '{ "name": "app", "private": true }' > "$app/package.json"
  (cd "$app" && npm install --silent --no-audit --no-fund --ignore-scripts "aws-cdk-lib@$cdk" "constructs@$constructs" "$tarball")
  if [ -e "$app/node_modules/esbuild" ]; then echo 'esbuild was installed with the package' >&2; exit 1; fi

  # Whatever reaches for the network or for another program fails the synthesis.
  cat > "$app/alone.cjs" <<'JS'
const refuse = (what) => () => { throw new Error(`the synthesis uses ${what}`); };
require('net').Socket.prototype.connect = refuse('the network');
require('dns').lookup = refuse('the network');
for (const name of ['spawn', 'spawnSync', 'exec', 'execSync', 'execFile', 'execFileSync', 'fork']) require('child_process')[name] = refuse('another program');
JS
  cat > "$app/app.js" <<'JS'
const { App, Duration, Stack } = require('aws-cdk-lib');
const { ImageJanitor, JanitorMode, Runner } = require('cdk-image-janitor');

const app = new App();
for (const [id, runner] of [['Lambda', Runner.lambda()], ['CodeBuild', Runner.codeBuild()]]) {
  new ImageJanitor(new Stack(app, id), 'ImageJanitor', {
    mode: JanitorMode.ENFORCE,
    containerImages: [{ repositories: ['example-*'], expireAfter: Duration.days(14), keepLatest: 5, keepTags: ['latest'] }],
    runner,
  });
}
JS
  (cd "$app" && env -i HOME="$app" PATH=/nowhere CDK_OUTDIR=cdk.out "$node_path" --require ./alone.cjs app.js)

  # The README's first example, as it stands there; `declare const stack` is given by what goes before it.
  node - "$app/readme.js" <<'JS'
const { readFileSync, writeFileSync } = require('fs');
const ts = require('typescript');
const [, example] = /```ts\n([\s\S]*?)```/.exec(readFileSync('README.md', 'utf8'));
const { outputText } = ts.transpileModule(example, { compilerOptions: { module: ts.ModuleKind.CommonJS, target: ts.ScriptTarget.ES2022 } });
writeFileSync(process.argv[2], `const stack = new (require('aws-cdk-lib').Stack)(new (require('aws-cdk-lib').App)(), 'Readme');\n${outputText}`);
JS
  (cd "$app" && env -i HOME="$app" PATH=/nowhere CDK_OUTDIR=cdk.readme "$node_path" --require ./alone.cjs readme.js)
  [ -f "$app/cdk.readme/Readme.template.json" ] || { echo "the README's first example synthesised nothing" >&2; exit 1; }
  echo "  README: its first example synthesises"

  cat > "$app/verify.js" <<'JS'
const { existsSync, readFileSync } = require('fs');
const { createHash } = require('crypto');
const { execFileSync } = require('child_process');
const digest = (file) => createHash('sha256').update(readFileSync(file)).digest('hex');
for (const [stack, type] of [['Lambda', 'AWS::Lambda::Function'], ['CodeBuild', 'AWS::CodeBuild::Project']]) {
  const template = JSON.parse(readFileSync(`cdk.out/${stack}.template.json`, 'utf8'));
  const resource = Object.values(template.Resources).find((each) => each.Type === type);
  const [, hash] = /([0-9a-f]{64})\.zip/.exec(JSON.stringify(resource));
  const engine = `cdk.out/asset.${hash}/index.js`;
  if (!existsSync(engine)) throw new Error(`${stack}: ${engine} is missing`);
  if (digest(engine) !== digest('node_modules/cdk-image-janitor/assets/engine/index.js')) throw new Error(`${stack}: ${engine} is not the bundle of the package`);
  if (!existsSync(`cdk.out/asset.${hash}/THIRD-PARTY-LICENSES.txt`)) throw new Error(`${stack}: the licences of what is bundled are missing`);
  const version = execFileSync(process.execPath, [engine, '--version'], { encoding: 'utf8' }).trim();
  console.log(`  ${stack}: ${Object.keys(template.Resources).length} resources; the engine (${version}) is in cdk.out, and runs`);
}
JS
  (cd "$app" && node verify.js)
}

check "$(floor aws-cdk-lib)" "$(floor constructs)"
check "$(installed aws-cdk-lib)" "$(installed constructs)"
echo 'The packed package synthesises alone, on the oldest and on the newest aws-cdk-lib'
