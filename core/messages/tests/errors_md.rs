//! `docs/errors.md` says what the catalogue says.

mod document;

#[test]
fn the_document_is_up_to_date() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/errors.md");
    let written = std::fs::read_to_string(path).unwrap();
    assert!(
        written == document::document(),
        "run: cargo run -p lpakit-messages --example errors_md > docs/errors.md"
    );
}
