//! The end with whoever started this process: a client that is killed may leave our input open, in hands that it passed it to.
//! It must not know MCP.
//! Invariant: no shim outlives its parent by more than a second, and none ends while the parent lives.

use std::time::Duration;

/// How often is looked where the system does not wake us.
const LOOK: Duration = Duration::from_secs(1);

/// Ends this process when its parent is gone.
pub(super) fn end_with_it() {
    let Some(parent) = rustix::process::getppid() else { return };
    std::thread::spawn(move || {
        wait(parent);
        std::process::exit(0);
    });
}

/// Returns when `parent` is this process's parent no more.
fn wait(parent: rustix::process::Pid) {
    #[cfg(target_os = "linux")]
    if let Ok(handle) = rustix::process::pidfd_open(parent, rustix::process::PidfdFlags::empty()) {
        // It may have gone before it was opened; then the number may be somebody else's.
        if rustix::process::getppid() != Some(parent) {
            return;
        }
        let mut fds = [rustix::event::PollFd::new(&handle, rustix::event::PollFlags::IN)];
        while rustix::event::poll(&mut fds, None).is_err() {
            std::thread::sleep(LOOK);
        }
        return;
    }
    while rustix::process::getppid() == Some(parent) {
        std::thread::sleep(LOOK);
    }
}
