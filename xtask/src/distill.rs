//! `cargo xtask distill [--weights DIR]`: makes the bundled model `static-256` from all-MiniLM-L6-v2.
//!
//! The method is model2vec's (Tulkens and van Dongen, 2024): each piece of the vocabulary goes through the model by
//! itself, the results are reduced to 256 dimensions by PCA, and each is weighted by how rare the piece is. Ours are
//! eight bits, a rotation that makes one-bit codes of them fairer, and the nearest pieces of each.
//! Its crates are heavy, so they stand behind a feature: without it this command builds xtask again with it.
//! It must not know how the product embeds. Invariant: the same weights give the same file.

#[cfg(feature = "distill")]
mod shape;
#[cfg(feature = "distill")]
mod teacher;
#[cfg(feature = "distill")]
mod weights;

use crate::shell::Outcome;

/// Where the file belongs, below the root.
#[cfg(feature = "distill")]
const MODEL: &str = "crates/embed/models/static-256.bin";

#[cfg(not(feature = "distill"))]
pub(crate) fn run(args: &[String]) -> Outcome {
    println!("building xtask with its feature `distill` (some minutes the first time)");
    let mut command =
        crate::shell::cargo(&["run", "--release", "--quiet", "-p", "xtask", "--features", "distill", "--", "distill"])?;
    crate::shell::stream(command.args(args))
}

#[cfg(feature = "distill")]
pub(crate) fn run(args: &[String]) -> Outcome {
    let root = crate::shell::root()?;
    let folder = weights::folder(args)?;
    let vocabulary = weights::vocabulary(&folder)?;
    println!("{} pieces through the model, one by one", vocabulary.len());
    let rows = teacher::rows(&folder, vocabulary.len()).map_err(|error| format!("the model failed: {error}"))?;
    let parts = shape::parts(vocabulary, &rows);
    let file = quipu_embed::format::write(&parts);
    let path = root.join(MODEL);
    std::fs::write(&path, &file).map_err(|error| format!("{}: {error}", path.display()))?;
    println!("{}: {} bytes, sha256 {}", MODEL, file.len(), weights::sha256(&file));
    println!("put that checksum into crates/embed/models/README.md, and raise the model's revision if it changed");
    Ok(())
}
