#!/bin/sh
# Builds, signs and notarizes the program on a Mac; never run by the makers (docs/install/untested.md).
#   sh packaging/macos/build.sh "Developer ID Application: NAME (TEAM)" PROFILE
# PROFILE: made once with `xcrun notarytool store-credentials`; only notarizing needs the internet.
set -eu
identity=$1 profile=$2
[ "$(uname -s)" = Darwin ] || { echo "aidpost: This script is for a Mac." >&2; exit 1; }
python3.11 packaging/build_dist.py
folder=.build/dist/aidpost
# From the inside out: every library first, the program last.
find "$folder/_internal" \( -name '*.dylib' -o -name '*.so' \) -type f -print0 \
    | xargs -0 -n 20 codesign --force --timestamp --options runtime --sign "$identity"
codesign --force --timestamp --options runtime --entitlements packaging/macos/entitlements.plist \
    --sign "$identity" "$folder/aidpost"
ditto -c -k --keepParent "$folder" .build/out/aidpost-macos.zip
xcrun notarytool submit .build/out/aidpost-macos.zip --keychain-profile "$profile" --wait
codesign --verify --deep --strict "$folder/aidpost"
echo "aidpost: .build/out/aidpost-macos.zip is notarized; a folder cannot be stapled, so the first start asks Apple once where there is internet."
