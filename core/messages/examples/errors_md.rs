//! Writes `docs/errors.md` to standard output: `cargo run -p lpakit-messages --example errors_md > docs/errors.md`.

#[path = "../tests/document/mod.rs"]
mod document;

fn main() {
    print!("{}", document::document());
}
