//! One connection, plain or under TLS, as a stream of bytes.

use socket2::SockRef;
use std::future::poll_fn;
use std::io::{Error, ErrorKind, Result};
use std::mem::MaybeUninit;
use std::pin::Pin;
use std::task::{Context, Poll};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio_rustls::client::TlsStream;

/// The room for the first read of an answer; most are shorter.
pub(super) const FIRST_READ: usize = 4 << 10;

/// A connection.
pub(super) enum Link {
    /// TCP alone.
    Plain(TcpStream),
    /// TLS over TCP.
    Tls(Box<TlsStream<TcpStream>>),
}

/// What an idle connection is found to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Idle {
    /// Silent, as it should be.
    Silent,
    /// Closed by the server.
    Closed,
    /// Bytes came that nobody had asked for.
    Unasked,
}

impl Link {
    /// Appends what comes next; 0 at the end. A buffer without room gets it only when something has
    /// come: who waits for a slow server holds no memory.
    pub async fn read(&mut self, buffer: &mut Vec<u8>, room: usize) -> Result<usize> {
        match self {
            Link::Plain(stream) => {
                if buffer.capacity() == 0 {
                    poll_fn(|cx| stream.poll_read_ready(cx)).await?;
                }
                buffer.reserve(room);
                stream.read_buf(buffer).await
            }
            Link::Tls(stream) => {
                buffer.reserve(room);
                stream.read_buf(buffer).await
            }
        }
    }

    /// Looks whether an idle connection is still good, without waiting.
    pub fn look(&mut self) -> Idle {
        let found = match self {
            Link::Plain(stream) => SockRef::from(&*stream).peek(&mut [MaybeUninit::uninit()]),
            Link::Tls(stream) => {
                let (mut byte, cx) = ([0], &mut Context::from_waker(std::task::Waker::noop()));
                let mut buffer = ReadBuf::new(&mut byte);
                match Pin::new(stream).poll_read(cx, &mut buffer) {
                    Poll::Pending => Err(Error::from(ErrorKind::WouldBlock)),
                    Poll::Ready(result) => result.map(|()| buffer.filled().len()),
                }
            }
        };
        match found {
            Ok(0) => Idle::Closed,
            Ok(_) => Idle::Unasked,
            Err(error) if error.kind() == ErrorKind::WouldBlock => Idle::Silent,
            Err(_) => Idle::Closed,
        }
    }
}

impl AsyncRead for Link {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<Result<()>> {
        match self.get_mut() {
            Link::Plain(stream) => Pin::new(stream).poll_read(cx, buffer),
            Link::Tls(stream) => Pin::new(stream).poll_read(cx, buffer),
        }
    }
}

impl AsyncWrite for Link {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, data: &[u8]) -> Poll<Result<usize>> {
        match self.get_mut() {
            Link::Plain(stream) => Pin::new(stream).poll_write(cx, data),
            Link::Tls(stream) => Pin::new(stream).poll_write(cx, data),
        }
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<()>> {
        match self.get_mut() {
            Link::Plain(stream) => Pin::new(stream).poll_flush(cx),
            Link::Tls(stream) => Pin::new(stream).poll_flush(cx),
        }
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<()>> {
        match self.get_mut() {
            Link::Plain(stream) => Pin::new(stream).poll_shutdown(cx),
            Link::Tls(stream) => Pin::new(stream).poll_shutdown(cx),
        }
    }
}
