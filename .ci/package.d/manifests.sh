#!/usr/bin/env bash
# Fills in the manifests for winget, scoop and Homebrew from the packages of both
# architectures; where only one was built, there is nothing to fill in.
#
#	bash manifests.sh DIR VERSION
set -euo pipefail
out=$1 version=$2 here=$(dirname "$0")
for f in windows_{amd64,arm64}.zip darwin_{amd64,arm64}.zip linux_{amd64,arm64}.tar.gz; do
	[ -e "$out/wsdoctor_${version}_$f" ] || { echo "no manifests: they name both architectures"; exit 0; }
done
# A name that is never anybody's, so that nobody is sent to a stranger.
url=${WSDOCTOR_RELEASE_URL:-https://release.invalid}
license="not stated"
[ ! -e "$here/../../LICENSE" ] || license="see the file LICENSE"
fill=(-e "s|@VERSION@|$version|g" -e "s|@URL@|$url|g" -e "s|@LICENSE@|$license|g")
for f in windows_{amd64,arm64}.zip darwin_{amd64,arm64}.zip linux_{amd64,arm64}.tar.gz; do
	name=wsdoctor_${version}_$f
	fill+=(-e "s|@$f@|$name|g" -e "s|@$f.sha256@|$(sha256sum "$out/$name" | cut -d' ' -f1)|g")
done
mkdir -p "$out/manifests"
for f in "$here"/manifests/*; do
	sed "${fill[@]}" "$f" >"$out/manifests/${f##*/}"
done
if grep -n '@[A-Za-z_]*@' "$out"/manifests/*; then
	echo "a manifest has places that were not filled in"
	exit 1
fi
jq -e '.architecture["64bit"].hash | test("^[0-9a-f]{64}$")' "$out/manifests/scoop.json" >/dev/null
ls "$out/manifests"
