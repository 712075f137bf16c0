//! Where blocks of bytes lie that need not be in anonymous memory: one after the other in a file, seen through a map.
//! It must not know what the bytes are, nor where the file comes from.
//! Invariant: the file's room is taken before anything is written to it, and it is written to by calls that can fail,
//! never through the map: a full disk is an error here, not a signal.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;

use memmap2::{Mmap, MmapOptions};
use rustix::fs::{FallocateFlags, fallocate};

/// A file that nobody else has, and how much of it is in use.
pub(crate) struct Shelf {
    file: File,
    end: u64,
}

/// Some bytes on the shelf.
pub(crate) struct Shelved {
    map: Mmap,
    from: u64,
}

impl Shelf {
    /// Of a file that no other process can open and nobody here writes to or cuts.
    pub(crate) fn new(file: File) -> Self {
        Self { file, end: 0 }
    }

    /// Puts bytes at the end. After an error they are not there, and the next may try again.
    pub(crate) fn put(&mut self, bytes: &[u8]) -> io::Result<Shelved> {
        let (from, len) = (self.end, bytes.len());
        fallocate(&self.file, FallocateFlags::empty(), from, len as u64)?;
        self.file.write_all_at(bytes, from)?;
        let mut options = MmapOptions::new();
        // They were just written: no search shall wait for its first look at each page.
        options.offset(from).len(len).populate();
        // SAFETY: nobody else has the file (`new`), it is never made shorter, and what this process writes to it goes through
        // `change`, whose caller has the only reference to what is changed.
        #[allow(unsafe_code)]
        let map = unsafe { options.map(&self.file) }?;
        self.end += len as u64;
        Ok(Shelved { map, from })
    }

    /// Writes over some bytes of what was put. After an error either may stand there.
    pub(crate) fn change(&self, shelved: &mut Shelved, at: usize, bytes: &[u8]) -> io::Result<()> {
        self.file.write_all_at(bytes, shelved.from + at as u64)
    }
}

impl Shelved {
    pub(crate) fn bytes(&self) -> &[u8] {
        &self.map
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gives_what_it_was_given_and_fails_by_an_error() {
        let mut shelf = Shelf::new(tempfile::tempfile().expect("a file"));
        let mut one = shelf.put(&[1; 8_192]).expect("room");
        let two = shelf.put(&[2; 4_096]).expect("room");
        shelf.change(&mut one, 4_095, &[7, 7]).expect("room");
        assert_eq!((one.bytes().len(), &one.bytes()[4_094..4_098]), (8_192, &[1, 7, 7, 1][..]));
        drop(shelf);
        assert!(two.bytes().iter().all(|byte| *byte == 2), "a map needs no file");
        let full = std::fs::File::options().read(true).write(true).open("/dev/full").expect("every Linux has it");
        assert!(Shelf::new(full).put(&[1; 4_096]).is_err());
    }
}
