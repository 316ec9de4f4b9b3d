#!/bin/sh
# Written by cargo xtask: runs a program in a Debian tree, in a mount namespace that ends with it.
set -eu
if [ "$(id -u)" != 0 ]; then
    echo "$(basename "$0"): the tree in .cache needs root; without it, put the program on PATH yourself" >&2
    exit 1
fi
exec setpriv --pdeathsig KILL unshare --mount --propagation private --pid --fork --kill-child \
    sh "$(readlink -f "$0")-inside" "$@"
