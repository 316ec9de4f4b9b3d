# Arguments: the folder, the library, the version it must state.
set -eu
cd "$1"
mkdir -p lib
gcc -O1 -shared -fPIC -o lib/libc.so bionic.c -Wl,-soname,libc.so
for name in libm libdl liblog; do
    gcc -shared -o "lib/$name.so" -x c /dev/null "-Wl,-soname,$name.so"
done
# The system's own libm: what the library takes from there is then in the process.
gcc -O1 -Wall -Wextra -Werror -o load load.c -Wl,--no-as-needed -lm -ldl
LD_LIBRARY_PATH="$1/lib" ./load "$2" "$3"
