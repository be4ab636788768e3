#!/usr/bin/env bash
# Generates the Python package, installs it into a virtual environment and synthesises examples/python with it. Needs Node, Python 3.9
# or newer with venv, package registries and `npm ci`.
set -euo pipefail
cd "$(dirname "$0")/.."
project="$PWD"
export JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION=20 CDK_VALIDATION=false

temporary="$(mktemp -d)"
trap 'rm -rf "$temporary"' EXIT

echo 'Generating the Python package'
[ -f assets/engine/index.js ] || node scripts/bundle.mjs
node_modules/.bin/jsii --silence-warnings=reserved-word
npm pack --silent --ignore-scripts --pack-destination "$temporary" > /dev/null
tar -xzf "$temporary"/*.tgz -C "$temporary"
# Up to the day that the package is published to PyPI, its manifest says nothing about Python.
node - "$temporary/package" <<'JS'
const { readFileSync, writeFileSync } = require('fs');
const targets = { python: { distName: 'cdk-image-janitor', module: 'cdk_image_janitor' } };
const [folder] = process.argv.slice(2);
for (const [file, edit] of [
  ['package.json', (json) => { json.jsii.targets = { ...targets, ...json.jsii.targets }; }],
  ['.jsii', (json) => { json.targets = { ...json.targets, python: json.targets?.python ?? targets.python }; }],
]) {
  const json = JSON.parse(readFileSync(`${folder}/${file}`, 'utf8'));
  edit(json);
  writeFileSync(`${folder}/${file}`, JSON.stringify(json, null, 2));
}
JS
ln -s "$project/node_modules" "$temporary/package/node_modules"
(cd "$temporary/package" && node_modules/.bin/jsii-pacmak --target python --code-only --outdir "$temporary/dist")

echo 'Installing it into a virtual environment'
python3 -m venv "$temporary/venv"
"$temporary/venv/bin/pip" install --quiet --disable-pip-version-check "$temporary/dist/python"
"$temporary/venv/bin/python" -c 'from importlib.metadata import version; print("  aws-cdk-lib", version("aws-cdk-lib"), "jsii", version("jsii"))'

echo 'Synthesising examples/python'
(cd examples/python && PYTHONDONTWRITEBYTECODE=1 CDK_OUTDIR="$temporary/cdk.out" "$temporary/venv/bin/python" app.py)
janitors="$(grep -c '"cdk-image-janitor:settings"' "$temporary/cdk.out/ImageJanitors.template.json")"
if [ "$janitors" != 2 ]; then echo "expected 2 janitors in the template, found $janitors" >&2; exit 1; fi
echo 'The example synthesises in Python'
