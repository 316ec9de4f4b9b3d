//! stub
#![forbid(unsafe_code)]
pub mod bsp;
pub mod confirmation_code;
pub mod eid;
pub mod key;
pub mod random;
pub mod session_keys;
pub mod signature;
