//! lpakit
