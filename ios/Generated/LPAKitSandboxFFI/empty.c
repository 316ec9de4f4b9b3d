// Written by cargo xtask: the module is all header, its code is in the Rust library.
