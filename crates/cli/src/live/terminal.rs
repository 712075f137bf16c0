//! The terminal, taken for a while and given back as it was: at the end, on a panic, on a signal.
//! It must not know what is drawn.
//! Invariant: who left finds the screen, the cursor and the line discipline that he had; what is copied goes out as base64.

use std::io::{self, BufWriter, Stdout, Write};
use std::sync::Once;

use ratatui_core::backend::Backend;
use ratatui_core::buffer::Buffer;
use ratatui_core::layout::{Position, Rect};
use ratatui_crossterm::CrosstermBackend;
use ratatui_crossterm::crossterm::cursor::Show;
use ratatui_crossterm::crossterm::event::{DisableBracketedPaste, EnableBracketedPaste};
use ratatui_crossterm::crossterm::execute;
use ratatui_crossterm::crossterm::terminal::{
    EnterAlternateScreen, LeaveAlternateScreen, disable_raw_mode, enable_raw_mode,
};

/// A frame goes out at once, or nearly.
const FRAME: usize = 1 << 16;

/// The terminal while it is ours.
pub(super) struct Taken {
    backend: CrosstermBackend<BufWriter<Stdout>>,
    /// What is on the screen; a frame sends only what differs.
    shown: Buffer,
}

impl Taken {
    /// Takes it.
    ///
    /// # Errors
    /// That it is none, or went.
    pub(super) fn take() -> io::Result<Self> {
        restore_on_panic();
        enable_raw_mode()?;
        // From here on it is given back also when the next step fails.
        let backend = CrosstermBackend::new(BufWriter::with_capacity(FRAME, io::stdout()));
        let mut taken = Self { backend, shown: Buffer::empty(Rect::ZERO) };
        execute!(taken.backend, EnterAlternateScreen, EnableBracketedPaste)?;
        Ok(taken)
    }

    /// Draws a frame, in the size that the terminal has now; the cursor is shown where `draw` says.
    pub(super) fn draw(&mut self, draw: impl FnOnce(&mut Buffer) -> Option<Position>) -> io::Result<()> {
        let area = size()?;
        if self.shown.area != area {
            self.forget()?;
        }
        let mut frame = Buffer::empty(area);
        let cursor = draw(&mut frame);
        self.backend.hide_cursor()?;
        self.backend.draw(self.shown.diff(&frame).into_iter())?;
        if let Some(cursor) = cursor {
            self.backend.set_cursor_position(cursor)?;
            self.backend.show_cursor()?;
        }
        self.shown = frame;
        Write::flush(&mut self.backend)
    }

    /// Clears the screen: the next frame is drawn whole.
    pub(super) fn forget(&mut self) -> io::Result<()> {
        self.shown = Buffer::empty(size()?);
        self.backend.clear()
    }

    /// Gives `id` to the clipboard of the terminal (OSC 52), which takes it or ignores it.
    pub(super) fn copy(&mut self, id: &str) -> io::Result<()> {
        write!(self.backend, "\x1b]52;c;{}\x07", base64(id.as_bytes()))?;
        Write::flush(&mut self.backend)
    }
}

impl Drop for Taken {
    fn drop(&mut self) {
        restore();
    }
}

/// The size of what is written to, not of a terminal that the process may have besides.
fn size() -> io::Result<Rect> {
    let size = rustix::termios::tcgetwinsize(io::stdout())?;
    Ok(Rect::new(0, 0, size.ws_col, size.ws_row))
}

/// Gives it back; more than once does no harm.
fn restore() {
    // A terminal that went cannot be restored, and nobody is there to be told.
    let _ = execute!(io::stdout(), DisableBracketedPaste, LeaveAlternateScreen, Show);
    let _ = disable_raw_mode();
}

/// A panic in any thread gives the terminal back before it is told, and ends the process: the view would draw over it.
fn restore_on_panic() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let usual = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |panic| {
            restore();
            usual(panic);
            std::process::exit(101);
        }));
    });
}

fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for three in bytes.chunks(3) {
        let byte = |at: usize| u32::from(three.get(at).copied().unwrap_or(0));
        let bits = byte(0) << 16 | byte(1) << 8 | byte(2);
        for digit in 0..4 {
            let is_padding = digit > three.len();
            out.push(if is_padding { '=' } else { char::from(DIGITS[(bits >> (18 - 6 * digit) & 63) as usize]) });
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::base64;

    #[test]
    fn base64_is_that_of_rfc_4648() {
        for (text, expect) in [
            ("", ""),
            ("f", "Zg=="),
            ("fo", "Zm8="),
            ("foo", "Zm9v"),
            ("foob", "Zm9vYg=="),
            ("fooba", "Zm9vYmE="),
            ("foobar", "Zm9vYmFy"),
            ("\u{fb}\u{ff}~", "w7vDv34="),
        ] {
            assert_eq!(base64(text.as_bytes()), expect, "{text:?}");
        }
    }
}
