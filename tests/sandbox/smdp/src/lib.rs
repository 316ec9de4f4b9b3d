//! Sandbox smdp.
