//! Makes a spawned daemon independent of whoever spawned it: own session, no inherited descriptors.
//! It must not know what runs afterwards.
//! Invariant: runs first thing in the process, before any thread, runtime or file of ours exists.

use std::fs::File;
use std::os::unix::net::UnixStream;

/// Detaches, and returns the ready socket that stood in for standard input.
pub(super) fn detach() -> Option<UnixStream> {
    // A shell's job control must not reach the daemon. It fails only for a group leader, which is as good.
    let _ = rustix::process::setsid();
    close_inherited();
    take_ready_socket()
}

/// The client put its end of a socket pair in place of standard input; it is moved and the place made null.
fn take_ready_socket() -> Option<UnixStream> {
    let stdin = std::io::stdin();
    let moved = rustix::io::fcntl_dupfd_cloexec(&stdin, 3).ok()?;
    let null = File::open("/dev/null").ok()?;
    rustix::stdio::dup2_stdin(&null).ok()?;
    Some(UnixStream::from(moved))
}

/// Closes every descriptor above standard error: a host's pipe kept open by us would keep the host waiting.
#[allow(unsafe_code, reason = "closing descriptors that nobody in this process owns")]
fn close_inherited() {
    let listed = std::fs::read_dir("/dev/fd").map(|dir| {
        dir.flatten().filter_map(|entry| entry.file_name().to_str()?.parse::<i32>().ok()).collect::<Vec<_>>()
    });
    for fd in listed.unwrap_or_else(|_| (3..256).collect()) {
        if fd > 2 {
            // SAFETY: this is the first thing the process does: no Rust value owns a descriptor above 2 yet, so
            // none is pulled from under its owner. (The one that listed the directory is closed already; closing
            // a number that is not open does nothing.)
            unsafe { rustix::io::close(fd) };
        }
    }
}
