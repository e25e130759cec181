//! A server on loopback that answers everything at once with a few bytes, on one thread: what load
//! generators are compared against, by `.ci/generators`. It prints its port and serves until its
//! standard input ends. Nothing is measured here, and no setting is to be added: what costs time in
//! the target only hides what the generators cost.

use bytes::Bytes;
use http_body_util::Full;
use hyper::{Response, server::conn::http1, service::service_fn};
use hyper_util::rt::TokioIo;
use std::convert::Infallible;
use std::io::{self, Read};
use std::net::Ipv4Addr;
use tokio::net::{TcpSocket, TcpStream};

/// Connections that wait to be accepted; the kernel cuts it to its own bound.
const LISTEN: u32 = 4096;

fn main() -> io::Result<()> {
    tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(serve())
}

async fn serve() -> io::Result<()> {
    let socket = TcpSocket::new_v4()?;
    socket.bind((Ipv4Addr::LOCALHOST, 0).into())?;
    let listener = socket.listen(LISTEN)?;
    println!("{}", listener.local_addr()?.port());
    std::thread::spawn(|| {
        let _ = io::stdin().read_to_end(&mut Vec::new());
        std::process::exit(0);
    });
    loop {
        match listener.accept().await {
            Ok((stream, _)) => drop(tokio::spawn(converse(stream))),
            // Out of files: until some are free.
            Err(_) => tokio::time::sleep(std::time::Duration::from_millis(10)).await,
        }
    }
}

async fn converse(stream: TcpStream) {
    let _ = stream.set_nodelay(true);
    let answer = service_fn(|_| async {
        Ok::<_, Infallible>(Response::new(Full::new(Bytes::from_static(b"hello\n"))))
    });
    // How a connection ends is the client's matter.
    let _ = http1::Builder::new().serve_connection(TokioIo::new(stream), answer).await;
}
