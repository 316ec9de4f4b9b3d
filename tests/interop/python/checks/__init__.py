"""Independent checks of lpakit's transcripts. Nothing here comes from, or calls, the Rust code."""
