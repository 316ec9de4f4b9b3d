//! The stage for stories: see `lpakit_sandbox::stage`, where its lines are explained.

use std::sync::Arc;

use lpakit_sandbox::stage;

use crate::card::{VirtualCard, VirtualChannels};
use crate::error::SandboxFailure;

/// Where a server's name leads.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct ServerRoute {
    /// The server's name.
    pub host: String,
    /// `address:port`.
    pub socket: String,
}

/// A camera's luminance plane.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct CameraPlane {
    /// One octet a pixel, at the distances below.
    pub data: Vec<u8>,
    /// Pixels of a row.
    pub width: u32,
    /// Rows.
    pub height: u32,
    /// Octets between the starts of two rows.
    pub row_stride: u32,
    /// Octets between the starts of two pixels.
    pub pixel_stride: u32,
}

pub(crate) fn routes(of: Vec<(String, std::net::SocketAddr)>) -> Vec<ServerRoute> {
    of.into_iter().map(|(host, socket)| ServerRoute { host, socket: socket.to_string() }).collect()
}

/// Cards, servers and a clock, moved by lines of text. Each stage is the same as every other.
#[derive(uniffi::Object)]
pub struct Stage(stage::Stage);

#[uniffi::export]
impl Stage {
    /// Builds a stage with one card, in memory. Its servers listen on the loopback.
    ///
    /// # Errors
    /// [`SandboxFailure`].
    #[uniffi::constructor]
    pub fn new() -> Result<Arc<Self>, SandboxFailure> {
        Ok(Arc::new(Self(stage::Stage::new().map_err(SandboxFailure::of)?)))
    }

    /// Plays one line. Blocks until it is done.
    ///
    /// # Errors
    /// [`SandboxFailure`] for a line that means nothing or cannot be played.
    pub fn act(&self, line: String) -> Result<String, SandboxFailure> {
        self.0.act(&line).map_err(SandboxFailure::of)
    }

    /// The card with this number, from 1, in a reader.
    ///
    /// # Errors
    /// [`SandboxFailure`] when there is none.
    pub fn card(&self, number: u32) -> Result<Arc<VirtualCard>, SandboxFailure> {
        Ok(VirtualCard::new(self.hand(number)?))
    }

    /// The card with this number, in a phone.
    ///
    /// # Errors
    /// [`SandboxFailure`] when there is none.
    pub fn channels(&self, number: u32) -> Result<Arc<VirtualChannels>, SandboxFailure> {
        Ok(VirtualChannels::new(self.hand(number)?))
    }

    /// The certificate of the test CI (DER).
    pub fn test_issuer(&self) -> Vec<u8> {
        self.0.test_ci()
    }

    /// Where the servers' names lead.
    pub fn connect_to(&self) -> Vec<ServerRoute> {
        routes(self.0.connect_to())
    }

    /// Has the LPA of a card that is opened from now on wait with the stage's clock.
    pub fn use_clock_for(&self, card_id: String) {
        lpakit_ffi::testing::use_clock(&card_id, Arc::new(self.0.clock()));
    }

    /// A camera's frame that shows the QR code of a text.
    ///
    /// # Errors
    /// [`SandboxFailure`] for a text that is too long.
    pub fn qr_plane(&self, text: String) -> Result<CameraPlane, SandboxFailure> {
        let plane = self.0.qr_plane(&text).map_err(SandboxFailure::of)?;
        let number = |size: usize| u32::try_from(size).map_err(SandboxFailure::of);
        Ok(CameraPlane {
            width: number(plane.width)?,
            height: number(plane.height)?,
            row_stride: number(plane.row_stride)?,
            pixel_stride: number(plane.pixel_stride)?,
            data: plane.data,
        })
    }
}

impl Stage {
    fn hand(&self, number: u32) -> Result<stage::StageCard, SandboxFailure> {
        let number = usize::try_from(number).map_err(SandboxFailure::of)?;
        self.0.card(number).map_err(SandboxFailure::of)
    }
}
