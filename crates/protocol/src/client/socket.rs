//! A Unix stream socket whose connect, write and read all end by a deadline.
//! It must not know HTTP.
//! Invariant: the descriptor is non-blocking from birth; every wait is a `poll` with what is left.

use std::io::{self, Read, Write};
use std::os::fd::AsFd;
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;
use rustix::net::{AddressFamily, SocketAddrUnix, SocketType};

use super::ClientError;
use crate::deadline::Deadline;

/// A connected, non-blocking stream.
pub(super) struct Stream(UnixStream);

/// Connects, waiting at most until `deadline` for a place in a full accept queue.
pub(super) fn connect(path: &Path, deadline: Deadline) -> Result<Stream, ClientError> {
    let address = SocketAddrUnix::new(path).map_err(|e| ClientError::Broken(format!("socket path: {e}")))?;
    loop {
        let fd = rustix::net::socket(AddressFamily::UNIX, SocketType::STREAM, None)
            .map_err(|e| ClientError::Broken(format!("no socket to be had: {e}")))?;
        let stream = UnixStream::from(fd);
        stream.set_nonblocking(true).map_err(|e| ClientError::Broken(e.to_string()))?;
        rustix::io::fcntl_setfd(&stream, rustix::io::FdFlags::CLOEXEC)
            .map_err(|e| ClientError::Broken(e.to_string()))?;
        match rustix::net::connect(&stream, &address) {
            Ok(()) => return Ok(Stream(stream)),
            Err(Errno::NOENT | Errno::CONNREFUSED | Errno::NOTDIR) => return Err(ClientError::Absent(path.to_owned())),
            // Linux answers AGAIN for a full accept queue and cannot be polled for a place in it.
            Err(Errno::AGAIN) if !deadline.passed() => {
                std::thread::sleep(Duration::from_millis(2).min(deadline.left()))
            }
            Err(Errno::AGAIN) => return Err(ClientError::TimedOut),
            Err(Errno::INPROGRESS) => {
                wait(&stream, PollFlags::OUT, deadline)?;
                return Ok(Stream(stream));
            }
            Err(Errno::INTR) => {}
            Err(e) => return Err(ClientError::Broken(format!("cannot connect to {}: {e}", path.display()))),
        }
    }
}

impl Stream {
    /// Lets programs that this process starts have it.
    pub(super) fn pass_on(&self) -> Result<(), ClientError> {
        rustix::io::fcntl_setfd(&self.0, rustix::io::FdFlags::empty()).map_err(|e| ClientError::Broken(e.to_string()))
    }

    /// Writes all of `bytes`.
    pub(super) fn write_all(&mut self, mut bytes: &[u8], deadline: Deadline) -> Result<(), ClientError> {
        while !bytes.is_empty() {
            match self.0.write(bytes) {
                Ok(0) => return Err(ClientError::Broken("closed while we wrote".into())),
                Ok(n) => bytes = &bytes[n..],
                Err(e) if e.kind() == io::ErrorKind::WouldBlock => wait(&self.0, PollFlags::OUT, deadline)?,
                Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
                Err(e) => return Err(ClientError::Broken(e.to_string())),
            }
        }
        Ok(())
    }

    /// Reads what is there, at least one byte; 0 at the end.
    pub(super) fn read(&mut self, buffer: &mut [u8], deadline: Deadline) -> Result<usize, ClientError> {
        loop {
            match self.0.read(buffer) {
                Ok(n) => return Ok(n),
                Err(e) if e.kind() == io::ErrorKind::WouldBlock => wait(&self.0, PollFlags::IN, deadline)?,
                Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
                Err(e) => return Err(ClientError::Broken(e.to_string())),
            }
        }
    }
}

/// Reads `fd` (blocking or not) until `done`, its end or the deadline, at most `limit` bytes; for a hook's
/// standard input.
///
/// # Errors
/// [`ClientError::TimedOut`] when the writer keeps it open past the deadline; what came is in `out` all the same.
pub fn read_to_end(
    fd: impl AsFd,
    limit: usize,
    done: impl Fn(&[u8]) -> bool,
    deadline: Deadline,
    out: &mut Vec<u8>,
) -> Result<(), ClientError> {
    let mut buffer = [0u8; 64 * 1024];
    while out.len() < limit {
        wait(&fd, PollFlags::IN, deadline)?;
        match rustix::io::read(&fd, &mut buffer) {
            Ok(0) => return Ok(()),
            Ok(n) => {
                out.extend_from_slice(&buffer[..n]);
                if done(out) {
                    return Ok(());
                }
            }
            Err(Errno::INTR | Errno::AGAIN) => {}
            Err(e) => return Err(ClientError::Broken(e.to_string())),
        }
    }
    Ok(())
}

fn wait(fd: &impl AsFd, flags: PollFlags, deadline: Deadline) -> Result<(), ClientError> {
    loop {
        let left = deadline.left();
        if left.is_zero() {
            return Err(ClientError::TimedOut);
        }
        let timeout = Timespec::try_from(left).map_err(|e| ClientError::Broken(e.to_string()))?;
        match poll(&mut [PollFd::new(fd, flags)], Some(&timeout)) {
            Ok(0) => return Err(ClientError::TimedOut),
            Ok(_) => return Ok(()),
            Err(Errno::INTR) => {}
            Err(e) => return Err(ClientError::Broken(e.to_string())),
        }
    }
}
