//! lpac and lpakit's core on the sandbox, and other programs against our TLS and QR codes. Every story leaves a
//! transcript.

mod crl;
mod lpac_chip;
mod lpac_discovery;
mod lpac_download;
mod lpac_manage;
mod lpac_refused;
mod lpakit_cancel;
mod lpakit_discovery;
mod lpakit_download;
mod lpakit_es10;
mod lpakit_manage;
mod lpakit_refused;
mod qr;
mod support;
mod tls;
