#!/usr/bin/env bash
# Runs the packed package's command line against moto, an AWS that is not ours, and compares what it decides there with what it
# decides on the embedded AWS. Needs Node, Python 3.10 or newer with venv, and `npm ci`. See docs/moto.md.
set -euo pipefail
cd "$(dirname "$0")/.."

temporary="$(mktemp -d)"
trap 'rm -rf "$temporary"' EXIT

venv=.venv/moto
if ! cmp -s scripts/moto/requirements.txt "$venv/requirements.txt"; then
  echo 'Installing moto into .venv/moto'
  rm -rf "$venv"
  python3 -m venv "$venv"
  # npm packs what is not ignored, and knows .npmignore alone where there is one.
  printf '*\n' > .venv/.gitignore
  "$venv/bin/python" -m pip install --quiet --disable-pip-version-check -r scripts/moto/requirements.txt
  # Last, so that an installation that was broken off is begun anew.
  cp scripts/moto/requirements.txt "$venv/requirements.txt"
fi

echo 'Packing the package and installing it into an empty project'
node scripts/bundle.mjs
npm pack --silent --ignore-scripts --pack-destination "$temporary" > /dev/null
mkdir "$temporary/project"
echo '{ "name": "empty", "private": true }' > "$temporary/project/package.json"
(cd "$temporary/project" && npm install --silent --ignore-scripts --no-audit --no-fund --omit=peer "$temporary"/*.tgz)
cli="$temporary/project/node_modules/.bin/cdk-image-janitor"
"$venv/bin/python" -c 'import moto, boto3; print(f"moto {moto.__version__}, boto3 {boto3.__version__}")'
echo "cdk-image-janitor $("$cli" --version), from the tarball ($(du -k "$temporary"/*.tgz | cut -f1) KiB)"

PYTHONDONTWRITEBYTECODE=1 "$venv/bin/python" scripts/moto/check.py "$cli"
