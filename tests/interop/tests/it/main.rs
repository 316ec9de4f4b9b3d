//! lpac and lpakit's core on the sandbox, and other programs against our TLS and QR codes. Every story leaves a
//! transcript.

mod lpac_chip;
mod lpac_download;
mod lpac_manage;
mod lpac_refused;
mod lpakit_download;
mod lpakit_manage;
mod lpakit_refused;
mod qr;
mod support;
mod tls;
