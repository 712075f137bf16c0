//! Recognises file systems on which neither locks nor WAL memory are coherent.
//! It must not know what is stored there.
//! Invariant: a file system that is not known to be remote is allowed.

use std::path::Path;

use crate::error::StoreError;

/// Refuses `dir` when it lies on a network or user-space file system.
///
/// # Errors
/// [`StoreError::NetworkFilesystem`]; a directory that cannot be asked about is allowed (opening it will tell).
pub fn refuse_network(dir: &Path) -> Result<(), StoreError> {
    match kind_of(dir) {
        Some(name) => Err(StoreError::NetworkFilesystem { path: dir.to_owned(), name }),
        None => Ok(()),
    }
}

#[cfg(target_os = "linux")]
fn kind_of(dir: &Path) -> Option<&'static str> {
    let stat = rustix::fs::statfs(dir).ok()?;
    // The field's width and sign differ between architectures; the magic numbers are 32 bits.
    name_of_magic(stat.f_type as u32)
}

#[cfg(not(target_os = "linux"))]
fn kind_of(dir: &Path) -> Option<&'static str> {
    // macOS names the type in the mount; not run on macOS yet.
    let _ = dir;
    None
}

/// Names a remote file system by the magic number of `statfs(2)` (linux/magic.h).
#[cfg_attr(not(target_os = "linux"), allow(dead_code, reason = "macOS has no magic numbers"))]
fn name_of_magic(magic: u32) -> Option<&'static str> {
    Some(match magic {
        0x0000_6969 => "NFS",
        0x0000_517b => "SMB",
        0xff53_4d42 => "CIFS",
        0xfe53_4d42 => "SMB2",
        0x0102_1997 => "9p (a virtual machine's or WSL's shared folder)",
        0x6573_5546 => "FUSE",
        0x5346_414f => "AFS",
        0x7375_7245 => "Coda",
        0x00c3_6400 => "Ceph",
        0x0bd0_0bd0 => "Lustre",
        0x0116_1970 => "GFS2",
        0x7461_636f => "OCFS2",
        0x786f_4256 => "a VirtualBox shared folder",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn remote_file_systems_are_named_and_local_ones_pass() {
        for magic in [0x6969, 0xff53_4d42, 0x0102_1997, 0x6573_5546] {
            assert!(name_of_magic(magic).is_some(), "{magic:x}");
        }
        for (local, name) in [
            (0xef53, "ext"),
            (0x9123_683e, "btrfs"),
            (0x5846_5342, "xfs"),
            (0x0102_1994, "tmpfs"),
            (0x794c_7630, "overlay"),
        ] {
            assert!(name_of_magic(local).is_none(), "{name}");
        }
        let here = tempfile::tempdir().expect("a temp dir");
        assert!(refuse_network(here.path()).is_ok());
        let refused = StoreError::NetworkFilesystem { path: "/n".into(), name: "NFS" };
        assert!(refused.to_string().contains("set QUIPU_HOME"));
    }
}
