//! A terminal, as far as the live view needs one: what it was sent becomes cells.
//! It must not know processes.
//! Invariant: a control character or a sequence that is not listed here fails the test: nothing of a memory may reach a
//! terminal as anything but text.

/// Cells, modes, and what was sent to the clipboard.
#[derive(Debug, Default)]
pub(crate) struct Screen {
    width: usize,
    height: usize,
    cells: Vec<Vec<String>>,
    at: (usize, usize),
    /// The largest that it ever was: what comes after a change of size may be meant for the one before.
    largest: (usize, usize),
    /// The modes of `CSI ? n h` that are on, but for the cursor's.
    pub(crate) modes: Vec<u16>,
    pub(crate) is_cursor_hidden: bool,
    /// Whether a colour was ever set.
    pub(crate) has_colours: bool,
    /// What OSC 52 carried, still in base64.
    pub(crate) clipboard: Option<String>,
    /// What was printed outside the alternate screen.
    pub(crate) printed: String,
    /// Bytes of a sequence or a character that is not whole yet.
    rest: Vec<u8>,
}

const ALTERNATE: u16 = 1049;
const PASTE: u16 = 2004;

impl Screen {
    pub(crate) fn new(width: usize, height: usize) -> Self {
        let mut screen = Self::default();
        screen.resize(width, height);
        screen
    }

    /// Another size; what was shown is gone, as a terminal that has to wrap may do.
    pub(crate) fn resize(&mut self, width: usize, height: usize) {
        (self.width, self.height) = (width, height);
        self.largest = (self.largest.0.max(width), self.largest.1.max(height));
        self.clear();
    }

    fn clear(&mut self) {
        self.cells = vec![vec![" ".to_owned(); self.width]; self.height];
    }

    pub(crate) fn is_alternate(&self) -> bool {
        self.modes.contains(&ALTERNATE)
    }

    /// Everything that is shown, line by line.
    pub(crate) fn text(&self) -> String {
        let lines: Vec<String> = self.cells.iter().map(|row| row.concat().trim_end().to_owned()).collect();
        lines.join("\n")
    }

    pub(crate) fn take(&mut self, bytes: &[u8]) {
        self.rest.extend_from_slice(bytes);
        let bytes = std::mem::take(&mut self.rest);
        let whole = match std::str::from_utf8(&bytes) {
            Ok(text) => text.len(),
            Err(error) if error.error_len().is_none() => error.valid_up_to(),
            Err(error) => panic!("not UTF-8: {error}: {:?}", String::from_utf8_lossy(&bytes)),
        };
        let mut text = std::str::from_utf8(&bytes[..whole]).unwrap();
        while let Some(c) = text.chars().next() {
            let Some(length) = self.step(c, text) else { break };
            text = &text[length..];
        }
        self.rest = [text.as_bytes(), &bytes[whole..]].concat();
    }

    /// Takes one character or sequence from the start of `text`, and says how long it was, once it is whole.
    fn step(&mut self, c: char, text: &str) -> Option<usize> {
        match c {
            '\x1b' if text.len() < 2 => None,
            '\x1b' if text.starts_with("\x1b[") => {
                let end = 2 + text[2..].find(|c: char| ('@'..='~').contains(&c))?;
                self.control(&text[2..end], text.as_bytes()[end]);
                Some(end + 1)
            }
            '\x1b' if text.starts_with("\x1b]") => {
                let end = text.find('\x07')?;
                let sent = text[..end].strip_prefix("\x1b]52;c;");
                self.clipboard = Some(sent.unwrap_or_else(|| panic!("{:?}", &text[..end])).to_owned());
                Some(end + 1)
            }
            c if !self.is_alternate() => {
                self.printed.push(c);
                Some(c.len_utf8())
            }
            c => {
                assert!(!c.is_control(), "{c:?} was sent raw, before {:?}", text.chars().take(40).collect::<String>());
                self.put(c);
                Some(c.len_utf8())
            }
        }
    }

    fn control(&mut self, parameters: &str, end: u8) {
        let numbers = || parameters.split(';').map(|n| n.parse::<u16>().unwrap_or(0));
        match (end, parameters.strip_prefix('?')) {
            (b'h' | b'l', Some(mode)) => self.mode(mode.parse().unwrap(), end == b'h'),
            (b'H', None) => {
                let (row, column) = parameters.split_once(';').unwrap();
                let from_one = |n: &str| n.parse::<usize>().unwrap() - 1;
                self.at = (from_one(column), from_one(row));
            }
            (b'J', None) => {
                assert_eq!(parameters, "2");
                self.clear();
            }
            // Resets (also to the default colours) are no colours.
            (b'm', None) => self.has_colours |= numbers().any(|n| matches!(n, 30..=38 | 40..=48 | 90..=107)),
            _ => panic!("the sequence `{parameters}{}` is none of the view's", char::from(end)),
        }
    }

    fn mode(&mut self, mode: u16, is_on: bool) {
        match mode {
            25 => self.is_cursor_hidden = !is_on,
            ALTERNATE | PASTE => {
                self.modes.retain(|on| *on != mode);
                if is_on {
                    self.modes.push(mode);
                }
                if mode == ALTERNATE {
                    self.clear();
                }
            }
            _ => panic!("mode {mode} is none of the view's"),
        }
    }

    fn put(&mut self, c: char) {
        let width = columns(c);
        let (x, y) = self.at;
        let (width_ever, height_ever) = self.largest;
        assert!(y < height_ever && x + width <= width_ever, "{c:?} at {x}, {y} of {}×{}", self.width, self.height);
        if y >= self.height || x + width > self.width {
            return;
        }
        if width == 0 {
            self.cells[y][x.saturating_sub(1)].push(c);
            return;
        }
        self.cells[y][x] = c.to_string();
        if width == 2 {
            self.cells[y][x + 1] = String::new();
        }
        self.at.0 += width;
    }
}

/// As terminals count; the tests use no other wide characters.
fn columns(c: char) -> usize {
    match c {
        '\u{300}'..='\u{36f}' => 0,
        '\u{1100}'..='\u{115f}' | '\u{2e80}'..='\u{a4cf}' | '\u{ac00}'..='\u{d7a3}' | '\u{f900}'..='\u{faff}' => 2,
        '\u{ff00}'..='\u{ff60}' | '\u{1f300}'..='\u{1faff}' => 2,
        _ => 1,
    }
}
