//! The listening socket, on its way from a server to the one that takes its place.
//!
//! The process stays and runs the program anew; the socket stays open meanwhile, so clients wait and nobody is
//! refused. It is passed as socket activation does it: variables `LISTEN_FDS`, `LISTEN_PID`, `LISTEN_FDS_FIRST_FD`.

use std::io;
use std::net::TcpListener;
#[cfg(unix)]
use std::os::unix::net::UnixListener;
use std::process::Command;

/// A socket that clients connect to.
#[derive(Debug)]
pub(crate) enum ListeningSocket {
    Tcp(TcpListener),
    #[cfg(unix)]
    Uds(UnixListener),
}

const VARIABLES: [&str; 3] = ["LISTEN_FDS", "LISTEN_PID", "LISTEN_FDS_FIRST_FD"];

impl ListeningSocket {
    /// What the server before this one left open. There is something to take only once.
    #[cfg(unix)]
    pub(crate) fn inherited() -> Option<Self> {
        let mut given = listenfd::ListenFd::from_env();
        if let Ok(Some(socket)) = given.take_unix_listener(0) {
            return Some(Self::Uds(socket));
        }
        given.take_tcp_listener(0).ok().flatten().map(Self::Tcp)
    }

    #[cfg(not(unix))]
    pub(crate) fn inherited() -> Option<Self> {
        None
    }

    pub(crate) fn try_clone(&self) -> io::Result<Self> {
        Ok(match self {
            Self::Tcp(socket) => Self::Tcp(socket.try_clone()?),
            #[cfg(unix)]
            Self::Uds(socket) => Self::Uds(socket.try_clone()?),
        })
    }

    /// Lets the program that is run next find it. It has to be run in this process, while this is still there.
    #[cfg(unix)]
    pub(crate) fn leave_to(&self, command: &mut Command) -> io::Result<()> {
        use std::os::fd::{AsFd, AsRawFd};

        let fd = match self {
            Self::Tcp(socket) => socket.as_fd(),
            Self::Uds(socket) => socket.as_fd(),
        };
        rustix::io::fcntl_setfd(fd, rustix::io::FdFlags::empty())?;
        let values = ["1".to_owned(), std::process::id().to_string(), fd.as_raw_fd().to_string()];
        command.envs(VARIABLES.into_iter().zip(values));
        Ok(())
    }
}

/// For programs that are run beside this one: the socket is not theirs.
pub(crate) fn keep_from(command: &mut Command) {
    for variable in VARIABLES {
        command.env_remove(variable);
    }
}
