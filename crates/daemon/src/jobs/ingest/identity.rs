//! Whether the file at a path is still the one that was read, only longer.
//! It must not know lines or turns.
//! Invariant: a file whose beginning differs is another file, whatever its name and inode.

use std::fs::{File, Metadata};
use std::io::{Read, Seek, SeekFrom};
use std::os::unix::fs::MetadataExt;

use quipu_core::hash;
use quipu_store::write::SourceFile;
use sha2::{Digest, Sha256};

/// First bytes of a file that its identity is taken from.
pub(super) const HEAD: u64 = 1_024;

/// Whether `file` goes on where `known` was left.
pub(super) fn is_same(file: &mut File, known: &SourceFile, meta: &Metadata) -> std::io::Result<bool> {
    // Read again from its start, a copied file costs time and nothing else: its turns are known by their ids.
    let moved = (meta.dev(), meta.ino()) != (known.device, known.inode);
    if moved || meta.len() < known.read_to || meta.len() < known.head_bytes {
        return Ok(false);
    }
    Ok(head_hash(file, known.head_bytes)? == known.head_hash)
}

/// Hash of the first `bytes` bytes.
pub(super) fn head_hash(file: &mut File, bytes: u64) -> std::io::Result<String> {
    let mut head = Vec::with_capacity(HEAD as usize);
    file.seek(SeekFrom::Start(0))?;
    file.take(bytes).read_to_end(&mut head)?;
    Ok(hash::hex(&Sha256::digest(&head)))
}
