# Makes what Android's linker needs, inside the tree. Arguments: the folder, clang's target, Debian's architecture.
set -eu
cd "$1"
for name in libc libm libdl liblog; do
    clang "--target=$2" -nostdlib -shared -fuse-ld=lld "-Wl,-soname,$name.so" -o "$name.so" "$name.s"
done
clang "--target=$2" -Os -fPIC -nostdlibinc -Wno-builtin-requires-header -Wno-visibility -c glibc.c -o glibc.o
# How floats are passed differs from Android's on 32-bit ARM; none is passed to an unwinder.
llvm-objcopy --remove-section=.ARM.attributes "/opt/unwind/$3/libunwind.a" libunwind.a
llvm-ar r libunwind.a glibc.o
# Rust names them; all that is in them is in the others.
rm -f libgcc.a libpthread.a
llvm-ar rc libgcc.a
llvm-ar rc libpthread.a
