//! A small disk of its own for the scratch home, so that it can be filled.
//!
//! It must not know what lies on it. Invariant: it is unmounted before the home is removed.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::bench::scratch::Scratch;

/// Large enough for everything a run writes in some minutes.
const SIZE: &str = "size=256m,mode=0700";

pub(super) struct Disk(PathBuf);

impl Disk {
    /// Mounts one where this process may; says why not otherwise.
    pub(super) fn mount(home: &Scratch) -> Result<Option<Self>, String> {
        let place = &home.paths.data;
        std::fs::create_dir_all(place).map_err(|error| format!("{}: {error}", place.display()))?;
        let mounted = Command::new("mount").args(["-t", "tmpfs", "-o", SIZE, "tmpfs"]).arg(place).output();
        match mounted {
            Ok(output) if output.status.success() => Ok(Some(Self(place.clone()))),
            Ok(output) => {
                println!("skipped, a full disk: {}", String::from_utf8_lossy(&output.stderr).trim());
                Ok(None)
            }
            Err(error) => {
                println!("skipped, a full disk: no `mount` to be had ({error})");
                Ok(None)
            }
        }
    }

    /// Fills it to the last block; it is free again when what is given is dropped.
    pub(super) fn fill(&self) -> Ballast {
        let ballast = Ballast(self.0.join("ballast"));
        if let Ok(mut file) = std::fs::File::create(&ballast.0) {
            for block in [1 << 20, 1 << 12] {
                while file.write_all(&vec![7; block]).is_ok() {}
            }
        }
        ballast
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        unmount(&self.0);
    }
}

/// Lazily: a process that has just ended may have a file open for a moment longer.
fn unmount(place: &Path) {
    if !Command::new("umount").arg("-l").arg(place).status().is_ok_and(|status| status.success()) {
        eprintln!("{} could not be unmounted", place.display());
    }
}

/// What fills a disk.
pub(super) struct Ballast(PathBuf);

impl Drop for Ballast {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}
