//! Sandbox euicc.
