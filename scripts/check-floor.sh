#!/usr/bin/env bash
# Compiles the construct and runs its tests on the oldest aws-cdk-lib and constructs that package.json promises, in a copy of the
# project. Needs Node, a package registry and `npm ci`.
set -euo pipefail
cd "$(dirname "$0")/.."
project="$PWD"
export JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION=20 CDK_VALIDATION=false

floor() { node -p "require('./package.json').peerDependencies['$1'].replace('^', '')"; }
cdk="$(floor aws-cdk-lib)"
constructs="$(floor constructs)"

temporary="$(mktemp -d)"
trap 'rm -rf "$temporary"' EXIT

[ -f assets/engine/index.js ] || node scripts/bundle.mjs
git ls-files -z --cached --others --exclude-standard | while IFS= read -r -d '' file; do
  if [ -f "$file" ]; then printf '%s\0' "$file"; fi
done | tar --null -T - -cf - | tar -xf - -C "$temporary"
cp -R assets "$temporary/assets"

echo "Installing aws-cdk-lib $cdk and constructs $constructs into a copy of the project"
mkdir "$temporary/floor"
echo '{ "name": "floor", "private": true }' > "$temporary/floor/package.json"
(cd "$temporary/floor" && npm install --silent --no-audit --no-fund --ignore-scripts "aws-cdk-lib@$cdk" "constructs@$constructs")
mv "$temporary/floor/node_modules" "$temporary/node_modules"
# Everything else is the project's own: linked, not installed again.
mkdir -p "$temporary/node_modules/.bin"
for entry in "$project"/node_modules/* "$project"/node_modules/@*/* "$project"/node_modules/.bin/*; do
  name="${entry#"$project"/node_modules/}"
  case "$name" in @*/*) mkdir -p "$temporary/node_modules/${name%/*}" ;; @*) continue ;; esac
  [ -e "$temporary/node_modules/$name" ] || ln -s "$entry" "$temporary/node_modules/$name"
done

cd "$temporary"
for package in aws-cdk-lib constructs; do
  found="$(node -p "require('$package/package.json').version")"
  expected="$(cd "$project" && floor "$package")"
  if [ "$found" != "$expected" ]; then echo "expected $package $expected, found $found" >&2; exit 1; fi
done

echo "Compiling on aws-cdk-lib $cdk"
node_modules/.bin/jsii --silence-warnings=reserved-word
echo "Testing on aws-cdk-lib $cdk"
# cdk-nag and CloudFormation's own checks need a newer aws-cdk-lib; the snapshots are those of the newest.
node_modules/.bin/jest --ci --reporters=default --runTestsByPath test/private/*.test.ts \
  test/{container-images,examples,image-janitor,notifications,runner,usage}.test.ts
echo "The construct compiles and works on aws-cdk-lib $cdk and constructs $constructs"
