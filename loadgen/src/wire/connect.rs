//! Making a connection: from the user's own address, in time, and with its TLS handshake.

use super::link::Link;
use super::loss::Loss;
use super::net::Net;
use super::origin::Origin;
use sim::metrics::Cause;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::atomic::Ordering;
use tokio::net::{TcpSocket, TcpStream};
use tokio::time::{Instant, timeout_at};
use tokio_rustls::rustls::CertificateError;
use tokio_rustls::rustls::pki_types::ServerName;

/// Connects to the target itself, trying the address first that answered last.
pub(super) async fn to_target(net: &Net, user: u64, until: Instant) -> Result<Link, Loss> {
    let count = net.addresses.len();
    let first = net.good.load(Ordering::Relaxed);
    let mut last = None;
    for turn in 0..count {
        let at = (first + turn) % count;
        match tcp(net, user, net.addresses[at], net.origin.port, until).await {
            Ok(stream) => {
                if turn > 0 {
                    net.good.store(at, Ordering::Relaxed);
                }
                return secured(net, &net.origin, stream, until).await;
            }
            Err(loss) => last = Some(loss),
        }
    }
    Err(last.expect("a target that was resolved has an address"))
}

/// Connects to where a redirect leads.
pub(super) async fn to_other(
    net: &Net,
    user: u64,
    origin: &Origin,
    addresses: &[IpAddr],
    until: Instant,
) -> Result<Link, Loss> {
    let mut last = Loss::new(Cause::Redirect, "a redirect led to a host without an address");
    for address in addresses {
        match tcp(net, user, *address, origin.port, until).await {
            Ok(stream) => return secured(net, origin, stream, until).await,
            Err(loss) => last = loss,
        }
    }
    Err(last)
}

/// A TCP connection without Nagle's delay.
async fn tcp(
    net: &Net,
    user: u64,
    to: IpAddr,
    port: u16,
    until: Instant,
) -> Result<TcpStream, Loss> {
    let to = SocketAddr::new(to, port);
    let socket = socket(net.source(user, to.ip()), to).map_err(|error| Loss::of_connect(&error))?;
    let stream = match timeout_at(until, socket.connect(to)).await {
        Ok(connected) => connected.map_err(|error| Loss::of_connect(&error))?,
        Err(_) => return Err(Loss::new(Cause::Connect, "the connection was not made in time")),
    };
    net.count.opened.fetch_add(1, Ordering::Relaxed);
    Ok(stream)
}

/// A socket that is bound to the user's own address. Its port is chosen when it connects, where the
/// system can do so: then one address has all its ports for each target, and those in `TIME_WAIT`
/// can be taken again.
fn socket(from: Option<IpAddr>, to: SocketAddr) -> io::Result<TcpSocket> {
    let socket = if to.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }?;
    socket.set_nodelay(true)?;
    if let Some(from) = from {
        #[cfg(target_os = "linux")]
        nix::sys::socket::setsockopt(
            &socket,
            nix::sys::socket::sockopt::IpBindAddressNoPort,
            &true,
        )?;
        socket.bind(SocketAddr::new(from, 0))?;
    }
    Ok(socket)
}

/// The TLS handshake, where there is one.
async fn secured(
    net: &Net,
    origin: &Origin,
    stream: TcpStream,
    until: Instant,
) -> Result<Link, Loss> {
    if !origin.tls {
        return Ok(Link::Plain(stream));
    }
    let failed = |detail: &str| Loss::new(Cause::Tls, detail);
    let connector = net.connector().ok_or_else(|| failed("there are no certificates to trust"))?;
    let name = ServerName::try_from(origin.host.clone())
        .map_err(|_| failed("the host's name cannot stand in a certificate"))?;
    match timeout_at(until, connector.connect(name, stream)).await {
        Ok(Ok(stream)) => Ok(Link::Tls(Box::new(stream))),
        Ok(Err(error)) => Err(of_handshake(&error)),
        Err(_) => Err(Loss::new(Cause::Timeout, "the TLS handshake did not end in time")),
    }
}

/// What is wrong with a certificate.
fn of_certificate(error: &CertificateError) -> &'static str {
    use CertificateError as Wrong;
    match error {
        Wrong::Expired | Wrong::ExpiredContext { .. } => "the certificate has expired",
        Wrong::NotValidYet | Wrong::NotValidYetContext { .. } => "the certificate is not valid yet",
        Wrong::NotValidForName | Wrong::NotValidForNameContext { .. } => {
            "the certificate is for another host"
        }
        // What `openssl req -x509` makes, unless told otherwise; its error has no variant of its own.
        Wrong::Other(other) if other.to_string().contains("CaUsedAsEndEntity") => {
            "the certificate is one of an authority, which no server may show"
        }
        _ => "the certificate is not trusted",
    }
}

/// What a failed handshake is counted as: a connection that was reset is no answer of TLS.
fn of_handshake(error: &io::Error) -> Loss {
    use tokio_rustls::rustls::Error as Tls;
    if matches!(error.kind(), io::ErrorKind::ConnectionReset | io::ErrorKind::BrokenPipe) {
        return Loss::of_stream(error);
    }
    let inner = error.get_ref().and_then(|inner| inner.downcast_ref::<Tls>());
    let detail = match inner {
        Some(Tls::InvalidCertificate(error)) => of_certificate(error),
        Some(Tls::InvalidMessage(_)) => "the answer was no TLS",
        Some(Tls::AlertReceived(_)) => "the target ended the TLS handshake",
        _ => "the TLS handshake failed",
    };
    Loss::new(Cause::Tls, detail)
}
