//! Where the server listens, and why it can't.

use std::fmt;
use std::io;
use std::net::SocketAddr;
#[cfg(unix)]
use std::path::Path;
use std::path::PathBuf;
use std::sync::Arc;

use tokio::net::{TcpListener, TcpStream};
#[cfg(unix)]
use tokio::net::{UnixListener, UnixStream};

use crate::handover::ListeningSocket;

/// Where to listen.
#[derive(Debug, Clone)]
pub(crate) enum Listen {
    /// Port 0 lets the system choose one.
    Tcp {
        host: String,
        port: u16,
    },
    Uds(PathBuf),
    /// A socket that is open already; it was opened for the address beside it.
    Inherited(Arc<ListeningSocket>, Box<Listen>),
}

/// Where clients find the server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum BoundAddress {
    Tcp { host: String, port: u16, secure: bool },
    Uds(PathBuf),
}

impl BoundAddress {
    /// `http://host:port`, without a slash at the end; nothing for a Unix socket, which has no URL.
    pub(crate) fn origin(&self) -> Option<String> {
        match self {
            Self::Tcp { host, port, secure } => {
                let scheme = if *secure { "https" } else { "http" };
                let host = if host.contains(':') { format!("[{host}]") } else { host.clone() };
                Some(format!("{scheme}://{host}:{port}"))
            }
            Self::Uds(_) => None,
        }
    }
}

impl fmt::Display for BoundAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tcp { .. } => f.write_str(&self.origin().unwrap_or_default()),
            Self::Uds(path) => write!(f, "unix socket {}", path.display()),
        }
    }
}

/// Why the server can't start: one sentence for the person who started it.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(crate) struct StartError(String);

impl StartError {
    pub(super) fn new(sentence: impl Into<String>) -> Self {
        Self(sentence.into())
    }
}

#[derive(Debug)]
pub(super) enum Listener {
    Tcp(TcpListener),
    #[cfg(unix)]
    Uds {
        listener: UnixListener,
        file: SocketFile,
    },
}

/// Goes with the server.
#[cfg(unix)]
#[derive(Debug)]
pub(super) struct SocketFile(PathBuf);

pub(super) enum Socket {
    Tcp(TcpStream, SocketAddr),
    #[cfg(unix)]
    Uds(UnixStream),
}

impl Listener {
    pub(super) async fn bind(listen: &Listen, secure: bool) -> Result<(Self, BoundAddress), StartError> {
        match listen {
            Listen::Tcp { host, port } => {
                let refused = |error| StartError::new(tcp_sentence(host, *port, &error));
                let listener = TcpListener::bind((host.as_str(), *port)).await.map_err(refused)?;
                let port = listener.local_addr().map_err(refused)?.port();
                Ok((Self::Tcp(listener), BoundAddress::Tcp { host: host.clone(), port, secure }))
            }
            #[cfg(unix)]
            Listen::Uds(path) => {
                let listener = bind_uds(path)?;
                Ok((Self::Uds { listener, file: SocketFile(path.clone()) }, BoundAddress::Uds(path.clone())))
            }
            #[cfg(not(unix))]
            Listen::Uds(_) => Err(StartError::new("--uds needs Unix sockets; use --host and --port here")),
            Listen::Inherited(socket, address) => Self::take_over(socket, address, secure)
                .map_err(|error| StartError::new(format!("The open socket can't be taken over: {error}"))),
        }
    }

    fn take_over(
        socket: &ListeningSocket,
        address: &Listen,
        secure: bool,
    ) -> io::Result<(Self, BoundAddress)> {
        match (socket.try_clone()?, address) {
            (ListeningSocket::Tcp(socket), Listen::Tcp { host, .. }) => {
                socket.set_nonblocking(true)?;
                let port = socket.local_addr()?.port();
                let address = BoundAddress::Tcp { host: host.clone(), port, secure };
                Ok((Self::Tcp(TcpListener::from_std(socket)?), address))
            }
            #[cfg(unix)]
            (ListeningSocket::Uds(socket), Listen::Uds(path)) => {
                socket.set_nonblocking(true)?;
                let (listener, file) = (UnixListener::from_std(socket)?, SocketFile(path.clone()));
                Ok((Self::Uds { listener, file }, BoundAddress::Uds(path.clone())))
            }
            _ => Err(io::Error::other("it is of another kind")),
        }
    }

    /// The socket, still open, for the next server.
    pub(super) fn into_socket(self) -> io::Result<ListeningSocket> {
        Ok(match self {
            Self::Tcp(listener) => ListeningSocket::Tcp(listener.into_std()?),
            #[cfg(unix)]
            Self::Uds { listener, file } => {
                file.stay();
                ListeningSocket::Uds(listener.into_std()?)
            }
        })
    }

    pub(super) async fn accept(&self) -> io::Result<Socket> {
        match self {
            Self::Tcp(listener) => listener.accept().await.map(|(stream, peer)| Socket::Tcp(stream, peer)),
            #[cfg(unix)]
            Self::Uds { listener, .. } => listener.accept().await.map(|(stream, _)| Socket::Uds(stream)),
        }
    }
}

#[cfg(unix)]
impl SocketFile {
    fn stay(mut self) {
        self.0.clear();
    }
}

#[cfg(unix)]
impl Drop for SocketFile {
    fn drop(&mut self) {
        if !self.0.as_os_str().is_empty() {
            // A file that stays behind is replaced by the next start.
            let _ = std::fs::remove_file(&self.0);
        }
    }
}

fn tcp_sentence(host: &str, port: u16, error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::AddrInUse => {
            format!(
                "Port {port} on {host} is in use; stop the program that uses it or choose another with --port"
            )
        }
        io::ErrorKind::PermissionDenied => {
            format!("Not allowed to listen on port {port}; choose one above 1023 with --port")
        }
        io::ErrorKind::AddrNotAvailable => {
            format!("{host} is not an address of this machine; choose one that is with --host")
        }
        _ => format!("Could not listen on {host} port {port}: {error}; check --host and --port"),
    }
}

#[cfg(unix)]
fn bind_uds(path: &Path) -> Result<UnixListener, StartError> {
    use std::os::unix::fs::{FileTypeExt, PermissionsExt};

    let shown = path.display();
    if let Ok(metadata) = std::fs::symlink_metadata(path) {
        if !metadata.file_type().is_socket() {
            return Err(StartError::new(format!(
                "{shown} exists and is not a socket; remove it or choose another path with --uds"
            )));
        }
        if std::os::unix::net::UnixStream::connect(path).is_ok() {
            return Err(StartError::new(format!(
                "{shown} is in use by another program; stop it or choose another path with --uds"
            )));
        }
        // Nobody answers: it was left behind by a server that was killed.
        std::fs::remove_file(path).map_err(|error| {
            StartError::new(format!("Could not replace the stale socket {shown}: {error}"))
        })?;
    }
    let listener = UnixListener::bind(path).map_err(|error| {
        StartError::new(format!(
            "Could not create the socket {shown}: {error}; check that its folder exists and may be written"
        ))
    })?;
    // A web server in front usually runs as another user. What it may see is not decided by this file.
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o666))
        .map_err(|error| StartError::new(format!("Could not open the socket {shown} to others: {error}")))?;
    Ok(listener)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_read_as_urls() {
        let tcp = |host: &str, secure| BoundAddress::Tcp { host: host.to_owned(), port: 80, secure };
        assert_eq!(tcp("127.0.0.1", false).to_string(), "http://127.0.0.1:80");
        assert_eq!(tcp("::1", true).to_string(), "https://[::1]:80");
        assert_eq!(BoundAddress::Uds("/tmp/x".into()).to_string(), "unix socket /tmp/x");
    }
}
