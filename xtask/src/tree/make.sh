
# Arguments: the tree's folder, the apt source file for it, the packages, then debootstrap with its own arguments.
tree=$1
source=$2
packages=$3
shift 3

"$@"

mount_system "$tree"
mkdir -p "$tree/etc/apt/apt.conf.d" "$tree/etc/ssl/certs"
if [ -d /etc/apt/apt.conf.d ]; then
    cp -r /etc/apt/apt.conf.d/. "$tree/etc/apt/apt.conf.d/"
fi
if [ -f /etc/ssl/certs/ca-certificates.crt ]; then
    cp -L /etc/ssl/certs/ca-certificates.crt "$tree/etc/ssl/certs/"
fi
# Certificates that the machine trusts beyond Debian's: the package ca-certificates takes them up, for Java too.
if [ -d /usr/local/share/ca-certificates ]; then
    mkdir -p "$tree/usr/local/share"
    cp -rL /usr/local/share/ca-certificates "$tree/usr/local/share/"
fi
rm -f "$tree/etc/apt/sources.list"
cp "$source" "$tree/etc/apt/sources.list.d/mirror.sources"
# A key of the machine's own, if its mirror has one.
key=$(sed -n 's/^Signed-By: *\(\/.*\)$/\1/p' "$source")
if [ -n "$key" ] && [ -f "$key" ] && [ ! -e "$tree$key" ]; then
    mkdir -p "$(dirname "$tree$key")"
    cp -L "$key" "$tree$key"
fi

get() {
    chroot "$tree" env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C.UTF-8 DEBIAN_FRONTEND=noninteractive \
        apt-get -qq -o Dpkg::Use-Pty=0 -o APT::Sandbox::User=root -o Acquire::Retries=3 \
        -o Acquire::Languages=none -o APT::Update::Error-Mode=any "$@"
}
get update
# Split into words on purpose.
get --yes --no-install-recommends install $packages
get clean
