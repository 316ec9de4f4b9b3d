
# Arguments: the tree's folder, the folder to be root's home in it, the folder of Rust, then assignments of variables and
# the command, which runs in the clone.
tree=$1
home=$2
rust=$3
shift 3

# A mount point of its own, or `unshare` inside would fail: it changes how the root of its namespace propagates.
mount --bind "$tree" "$tree"
mount_system "$tree"
# Terminals, which every container has: the bridge to lpac and tests of the command line open them.
mkdir "$tree/dev/pts"
mount -t devpts -o newinstance,ptmxmode=0666,mode=620 devpts "$tree/dev/pts"
ln -s pts/ptmx "$tree/dev/ptmx"
mount -t tmpfs -o mode=1777 tmpfs "$tree/tmp"
mount -t tmpfs -o mode=755 tmpfs "$tree/run"
inside=/root
mount --bind "$home" "$tree$inside"
mount --bind "$rust" "$tree/opt/rust"
mount -o remount,bind,ro "$tree/opt/rust"
# What a command installs into the system would help the next one, so nothing can be.
mount -o remount,bind,ro "$tree"

chroot "$tree" env -i -C "$inside/lpakit" HOME="$inside" LANG=C.UTF-8 CI=true \
    PATH=/opt/rust/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin "$@"
