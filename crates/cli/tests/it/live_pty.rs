//! A pseudoterminal with the binary behind it: what is typed goes in, what comes out is a screen.
//! It must not know what is searched for.
//! Invariant: the child ends with the value, by its own process id; the line discipline is compared with that before it.

use std::fs::File;
use std::io::{Read, Write};
use std::process::{Child, Command, ExitStatus};
use std::sync::{Arc, Mutex};

use rustix::fs::{Mode, OFlags};
use rustix::process::{Pid, Signal, kill_process};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{Winsize, tcgetattr, tcsetwinsize};

use crate::live_screen::Screen;
use crate::run::until;

/// A terminal that the binary runs on.
pub(crate) struct Pty {
    master: File,
    /// Kept open, so that the line discipline outlives the child.
    slave: File,
    before: String,
    child: Child,
    screen: Arc<Mutex<Screen>>,
}

impl Pty {
    /// Runs `command` on a terminal of that size.
    pub(crate) fn start(mut command: Command, width: u16, height: u16) -> Self {
        // Not our controlling terminal: what is typed there must not signal the tests.
        let master = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
        rustix::io::fcntl_setfd(&master, rustix::io::FdFlags::CLOEXEC).unwrap();
        grantpt(&master).unwrap();
        unlockpt(&master).unwrap();
        let name = ptsname(&master, Vec::new()).unwrap();
        let slave = rustix::fs::open(name, OFlags::RDWR | OFlags::NOCTTY | OFlags::CLOEXEC, Mode::empty()).unwrap();
        let (master, slave) = (File::from(master), File::from(slave));
        tcsetwinsize(&slave, size(width, height)).unwrap();
        let before = discipline(&slave);
        let stream = || slave.try_clone().unwrap();
        command.env("TERM", "xterm-256color").stdin(stream()).stdout(stream()).stderr(stream());
        let child = command.spawn().unwrap();
        let screen = Arc::new(Mutex::new(Screen::new(width.into(), height.into())));
        let (mut output, theirs) = (master.try_clone().unwrap(), screen.clone());
        std::thread::spawn(move || {
            let mut bytes = [0; 4096];
            while let Ok(length @ 1..) = output.read(&mut bytes) {
                theirs.lock().unwrap().take(&bytes[..length]);
            }
        });
        Self { master, slave, before, child, screen }
    }

    /// Types.
    pub(crate) fn send(&mut self, keys: &str) {
        self.master.write_all(keys.as_bytes()).unwrap();
    }

    /// What is on the screen; a sequence that may not be there has poisoned it.
    pub(crate) fn screen(&self) -> std::sync::MutexGuard<'_, Screen> {
        self.screen.lock().expect("nothing raw was sent to the terminal (see the panic above)")
    }

    /// Waits until the screen shows all of this.
    #[track_caller]
    pub(crate) fn shows(&self, texts: &[&str]) -> String {
        let mut last = String::new();
        until(&format!("the screen shows {texts:?}"), || {
            let now = self.screen().text();
            if now != last {
                // Seen where the test fails.
                println!("{now}\n~~~~");
                last.clone_from(&now);
            }
            texts.iter().all(|text| now.contains(text)).then_some(now)
        })
    }

    /// Makes the terminal another size, and says so to the child as a terminal does.
    pub(crate) fn resize(&mut self, width: u16, height: u16) {
        self.screen().resize(width.into(), height.into());
        tcsetwinsize(&self.slave, size(width, height)).unwrap();
        self.signal(Signal::WINCH);
    }

    pub(crate) fn signal(&mut self, signal: Signal) {
        assert!(self.child.try_wait().unwrap().is_none(), "it runs");
        kill_process(Pid::from_child(&self.child), signal).unwrap();
    }

    /// Waits for its end, and looks that the terminal is as it was.
    #[track_caller]
    pub(crate) fn ends(&mut self) -> ExitStatus {
        let status = until("it ends", || self.child.try_wait().unwrap());
        until("the last of its output", || (!self.screen().is_alternate()).then_some(()));
        assert_eq!(discipline(&self.slave), self.before, "the line discipline");
        let screen = self.screen();
        assert!(screen.modes.is_empty() && !screen.is_cursor_hidden, "{screen:?}");
        status
    }
}

impl Drop for Pty {
    fn drop(&mut self) {
        // It may have ended long ago.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn size(width: u16, height: u16) -> Winsize {
    Winsize { ws_row: height, ws_col: width, ws_xpixel: 0, ws_ypixel: 0 }
}

fn discipline(terminal: &File) -> String {
    format!("{:?}", tcgetattr(terminal).unwrap())
}
