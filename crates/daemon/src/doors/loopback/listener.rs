//! The loopback addresses of one port, and who may be connected to them at once.
//! It must not know tokens or operations.
//! Invariant: no address but 127.0.0.1 and `::1` is ever bound, and both by this process or only the first.

use std::io::{self, ErrorKind};
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener as StdListener};
use std::sync::Arc;
use std::time::Duration;

use quipu_protocol::fault::{Fault, FaultKind};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, mpsc};

use super::super::front::Front;
use super::super::router::router;
use super::super::serve::{self, Door, Gate, Late, Limits};
use super::guard::Guard;
use crate::service::Ending;

/// Connections at once.
const CONNECTIONS: usize = 64;
/// Bytes of a head; hyper reads into a buffer of this size.
const HEAD_BYTES: usize = 16 << 10;
/// A head has to be there within this time; a connection without a request rests no longer.
const HEAD_TIME: Duration = Duration::from_secs(10);
/// Free ports that are tried until one is free at both addresses.
const TRIES: usize = 16;
/// All that come over loopback share the turns of one client: nobody can tell them apart.
const LOOPBACK: u32 = 0;

/// A port of loopback, bound.
pub(super) struct Bound {
    v4: StdListener,
    /// Where the machine has IPv6.
    v6: Option<StdListener>,
    port: u16,
}

impl Bound {
    /// Binds `wanted`, or a free port where that is 0.
    pub(super) fn at(wanted: u16) -> io::Result<Self> {
        let mut tries = if wanted == 0 { TRIES } else { 1 };
        loop {
            tries -= 1;
            let v4 = bind(SocketAddr::from((Ipv4Addr::LOCALHOST, wanted)))?;
            let port = v4.local_addr()?.port();
            match bind(SocketAddr::from((Ipv6Addr::LOCALHOST, port))) {
                Ok(v6) => return Ok(Self { v4, v6: Some(v6), port }),
                // Somebody else has it: who asks for `localhost` might be led there, with the token.
                Err(error) if error.kind() == ErrorKind::AddrInUse && tries > 0 => {}
                Err(error) if error.kind() == ErrorKind::AddrInUse => return Err(error),
                Err(error) => {
                    tracing::info!(%error, "no IPv6: HTTP is served on 127.0.0.1 alone");
                    return Ok(Self { v4, v6: None, port });
                }
            }
        }
    }

    pub(super) fn port(&self) -> u16 {
        self.port
    }
}

fn bind(address: SocketAddr) -> io::Result<StdListener> {
    let listener = StdListener::bind(address)?;
    listener.set_nonblocking(true)?;
    Ok(listener)
}

/// Serves until `ending`; then lets requests under way end within `drain`.
pub(super) async fn serve(bound: Bound, front: Arc<Front>, guard: Arc<Guard>, ending: Ending, drain: Duration) {
    let v6 = bound.v6.map(TcpListener::from_std).transpose();
    let (Ok(v4), Ok(v6)) = (TcpListener::from_std(bound.v4), v6) else {
        tracing::error!("the loopback port cannot be served");
        return;
    };
    let client = front.clients().client(LOOPBACK);
    let limits = Limits { head_bytes: HEAD_BYTES, head_time: Some(HEAD_TIME) };
    let door = Door { router: router(&front), front, gate: Gate::Guarded(guard), limits, ending: ending.clone() };
    let places = Arc::new(Semaphore::new(CONNECTIONS));
    // Each connection has a sender; when the last has gone, so have they.
    let (here, mut gone) = mpsc::channel::<()>(1);
    loop {
        let accepted = tokio::select! {
            accepted = v4.accept() => accepted,
            accepted = either(v6.as_ref()) => accepted,
            () = ending.stopped() => break,
        };
        match accepted {
            Ok((stream, _)) => match places.clone().try_acquire_owned() {
                Ok(place) => {
                    // Answers are small and somebody waits for them.
                    let _ = stream.set_nodelay(true);
                    let (client, door, here) = (client.clone(), door.clone(), here.clone());
                    tokio::spawn(async move {
                        serve::connection(stream, client, door).await;
                        drop((place, here));
                    });
                }
                Err(_) => stream.tell(&serve::whole(&full())),
            },
            // Out of descriptors, most likely: giving others time to close theirs is all that helps.
            Err(error) => {
                tracing::warn!(%error, "a connection could not be taken");
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        }
    }
    drop((v4, v6, here));
    let _ = tokio::time::timeout(drain, gone.recv()).await;
}

async fn either(listener: Option<&TcpListener>) -> io::Result<(TcpStream, SocketAddr)> {
    match listener {
        Some(listener) => listener.accept().await,
        None => std::future::pending().await,
    }
}

fn full() -> Fault {
    Fault::new(FaultKind::Unavailable, "too_many_connections", format!("{CONNECTIONS} connections are open already"))
        .hint("close those that rest, or keep one open and ask over it again")
        .retry_after(Duration::from_secs(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_free_port_is_had_at_loopback_alone() {
        let bound = Bound::at(0).expect("a free port");
        for listener in std::iter::once(&bound.v4).chain(&bound.v6) {
            let address = listener.local_addr().expect("bound");
            assert!(address.ip().is_loopback() && address.port() == bound.port() && address.port() != 0);
        }
        assert!(Bound::at(bound.port()).is_err(), "it is taken");
    }
}
