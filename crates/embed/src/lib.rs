//! quipu-embed: what a text means, as numbers. The bundled static model, its tokenizer, and the arithmetic on vectors.
//! It must not know what a memory is, SQL, sockets, or where a vector is kept.
//! Invariant: the same text gives the same vector on every machine, to the bit.

mod block;
mod closest;
mod codes;
mod eight;
mod few;
pub mod flat;
pub mod format;
pub mod model;
mod question;
mod scan;
mod shelf;
mod vector;
mod wide;
mod wordpiece;
mod words;

pub use few::Few;
pub use flat::Flat;
pub use model::StaticModel;
pub use question::{Question, Word};
pub use vector::{Code, DIMENSIONS, Direction, Vector};

/// Turns texts into what can be compared.
///
/// Every engine of ours goes through this trait, so that another model takes the bundled one's place without a
/// change in the store. Implementations are shared between threads and keep no state between calls.
pub trait Embedder: Send + Sync {
    /// Name and revision of the model; vectors of different models are never compared.
    fn model(&self) -> &str;
    /// A text to be found.
    fn passage(&self, text: &str) -> Passage;
    /// What is looked for: words with their weights, the rarest heaviest.
    fn question(&self, words: &[Word<'_>]) -> Question;
}

impl<T: Embedder + ?Sized> Embedder for &T {
    fn model(&self) -> &str {
        (**self).model()
    }
    fn passage(&self, text: &str) -> Passage {
        (**self).passage(text)
    }
    fn question(&self, words: &[Word<'_>]) -> Question {
        (**self).question(words)
    }
}

/// A text as the model sees it.
#[derive(Debug, Clone, PartialEq)]
pub struct Passage {
    /// Its direction; none for a text without a word that says anything.
    pub vector: Option<Vector>,
    /// The distinct pieces of words in it that say something, in ascending order.
    pub pieces: Box<[u16]>,
}
