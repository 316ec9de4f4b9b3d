//! UniFFI's own generator for Swift, at the version that the libraries are built with.

fn main() {
    uniffi::uniffi_bindgen_swift();
}
