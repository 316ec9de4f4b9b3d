set -eu
PATH="$PATH:/usr/sbin:/sbin"

# Everything below is mounted in a namespace that ends with this script, whatever ends it.
# Single devices, never the folder: nothing done inside the tree can reach the machine's own /dev.
mount_system() {
    mount -t proc proc "$1/proc"
    mount -t tmpfs -o mode=755 tmpfs "$1/dev"
    for device in null zero full random urandom tty; do
        if [ -c "/dev/$device" ]; then
            : > "$1/dev/$device"
            mount --bind "/dev/$device" "$1/dev/$device"
        fi
    done
    ln -s /proc/self/fd "$1/dev/fd"
    mkdir -m 1777 "$1/dev/shm"
    cp -L /etc/resolv.conf "$1/etc/resolv.conf"
    # As every machine and container has it.
    [ -e "$1/etc/hosts" ] || printf '127.0.0.1\tlocalhost\n::1\tlocalhost\n' > "$1/etc/hosts"
}
