//! Bodies that go out: a text, a text of unsaid length, or blanks.

use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll};

use hyper::body::{Body, Bytes, Frame, SizeHint};

const BLANKS: &[u8] = &[b' '; 16 * 1024];

/// A body on its way out.
pub(super) enum Outgoing {
    /// Known from beginning to end.
    Whole(Bytes),
    /// In two pieces, so that its length is not known when the first goes out.
    Chunked(Vec<Bytes>),
    /// So many blanks; `None` is for ever.
    Filler(Option<u64>),
}

impl Outgoing {
    pub(super) fn whole(body: Vec<u8>) -> Self {
        Self::Whole(Bytes::from(body))
    }

    pub(super) fn chunked(body: Vec<u8>) -> Self {
        let mut first = Bytes::from(body);
        let second = first.split_off(first.len() / 2);
        Self::Chunked(vec![second, first])
    }

    pub(super) fn filler(octets: Option<u64>) -> Self {
        Self::Filler(octets)
    }
}

impl Body for Outgoing {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        let piece = match &mut *self {
            Self::Whole(body) => Some(std::mem::take(body)),
            Self::Chunked(pieces) => pieces.pop(),
            Self::Filler(None) => Some(Bytes::from_static(BLANKS)),
            Self::Filler(Some(left)) => {
                let piece = usize::try_from(*left).unwrap_or(usize::MAX).min(BLANKS.len());
                *left -= piece as u64;
                BLANKS.get(..piece).map(Bytes::from_static)
            }
        };
        let piece = piece.filter(|piece| !piece.is_empty());
        Poll::Ready(piece.map(|piece| Ok(Frame::data(piece))))
    }

    fn is_end_stream(&self) -> bool {
        match self {
            Self::Whole(body) => body.is_empty(),
            Self::Chunked(pieces) => pieces.is_empty(),
            Self::Filler(left) => *left == Some(0),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match self {
            Self::Whole(body) => SizeHint::with_exact(body.len() as u64),
            Self::Chunked(_) | Self::Filler(_) => SizeHint::default(),
        }
    }
}
