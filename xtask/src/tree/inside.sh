
cache=$(dirname "$(dirname "$(readlink -f "$0")")")
root=$(dirname "$cache")
tree=$cache/$tree_name
target=$(readlink -m "${CARGO_TARGET_DIR:-$root/target}")
here=$(pwd -P)

case $here/ in
"$root"/* | "$target"/*) ;;
*)
    echo "$program: only $root and $target are in the tree, not $here" >&2
    exit 1
    ;;
esac

mount_system "$tree"
mount -t tmpfs -o mode=1777 tmpfs "$tree/tmp"
mkdir -p "$target"
# The same paths inside and outside, so that what is said there can be opened.
for folder in "$root" "$target" ${CARGO_HOME:+"$CARGO_HOME"}; do
    mkdir -p "$tree$folder"
    mount --bind "$folder" "$tree$folder"
done

chroot "$tree" env -C "$here" -u TMPDIR HOME=/root PATH=/usr/bin:/bin LC_ALL=C.UTF-8 "$program" "$@"
