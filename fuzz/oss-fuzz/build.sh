#!/bin/bash -eu
# OSS-Fuzz's build step: the repository's own, which tells what goes into $OUT.
exec bash -eu "$SRC/procsteal/.clusterfuzzlite/build.sh"
