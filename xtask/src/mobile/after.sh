
# LLVM's libunwind for the processors that Android runs on; bionic offers none to apps.
llvm=$(basename "$tree"/usr/lib/llvm-*)
machines="amd64 arm64 armhf i386"
architectures=
for machine in $machines; do
    architectures="$architectures -o APT::Architectures::=$machine"
done
get $architectures update
for machine in $machines; do
    get $architectures download "libunwind-${llvm#llvm-}-dev:$machine"
    mkdir -p "$tree/opt/unwind/$machine"
    chroot "$tree" sh -c "dpkg-deb -x /libunwind-*_$machine.deb /opt/unwind/$machine.deb"
    cp -L "$(find "$tree/opt/unwind/$machine.deb" -path "*-linux-*" -name libunwind.a)" "$tree/opt/unwind/$machine/"
    rm -rf "$tree/opt/unwind/$machine.deb" "$tree"/libunwind-*.deb
done
get clean
rm -rf "$tree/var/lib/apt/lists"
