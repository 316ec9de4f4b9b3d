
cache=$(dirname "$(dirname "$(readlink -f "$0")")")
root=$(dirname "$cache")
tree=$cache/$tree_name
target=$(readlink -m "${CARGO_TARGET_DIR:-$root/target}")
here=$(pwd -P)

mount_system "$tree"
mount -t tmpfs -o mode=1777 tmpfs "$tree/tmp"
mkdir -p "$target"
# A folder elsewhere is bound into the tree too, unless that would hide what the tree itself has there.
elsewhere=
case $here/ in
"$root"/* | "$target"/*) ;;
*)
    if [ -n "$(find "$tree$here" ! -type d -print -quit 2> /dev/null)" ]; then
        echo "$program: the tree has a $here of its own; run this in a folder that is your package's alone" >&2
        exit 1
    fi
    elsewhere=$here
    ;;
esac
# The same paths inside and outside, so that what is said there can be opened.
for folder in ${elsewhere:+"$elsewhere"} "$root" "$target" ${CARGO_HOME:+"$CARGO_HOME"}; do
    mkdir -p "$tree$folder"
    mount --bind "$folder" "$tree$folder"
done
# Inside, all is root's; git would refuse to read a repository of the machine's user.
printf '[safe]\n\tdirectory = *\n' > "$tree/etc/gitconfig"

chroot "$tree" env -C "$here" -u TMPDIR HOME=/root PATH=/usr/bin:/bin LC_ALL=C.UTF-8 "$program" "$@"
