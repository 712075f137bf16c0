//! What can be changed of a memory, and what becomes of it.
//! It must not know how a change is kept, nor who asks for it.
//! Invariant: what was said in a session stays as it was said; only what is thought of it changes.

mod refusal;

pub use refusal::Refusal;

use crate::aside::{Aside, AsideEdit};
use crate::id::MemoryId;
use crate::kind::Kind;
use crate::memory::Origin;
use crate::scope::Privacy;
use crate::standing::{Importance, Validity};

/// Longest text of one memory, in bytes: what is larger is a document.
pub const MAX_BODY: usize = 1 << 20;

/// Whether a memory is held on to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pin {
    /// It is.
    Pinned,
    /// It stands as any other.
    Loose,
}

/// What of a memory can be edited.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Content {
    /// What it is.
    pub kind: Kind,
    /// A short title, if it has one.
    pub title: Option<String>,
    /// Where it holds, as written ([`crate::scope`]).
    pub applies_to: String,
    /// Words it is filed under.
    pub keywords: Vec<String>,
    /// The text.
    pub body: String,
    /// Whether it is held on to.
    pub pin: Pin,
    /// Who may see it.
    pub privacy: Privacy,
    /// How much it matters.
    pub importance: Importance,
    /// When what it says holds.
    pub valid: Validity,
    /// What stands beside the text.
    pub aside: Aside,
}

/// A text for one that is there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NewText {
    /// In its place.
    Instead(String),
    /// Behind it, after a blank line.
    Behind(String),
}

/// What is to be edited; what is not named stays. All of it is redacted.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Edit {
    /// Another text.
    pub text: Option<NewText>,
    /// Another title; an empty one takes it away.
    pub title: Option<String>,
    /// Another kind.
    pub kind: Option<Kind>,
    /// What it applies to from now on.
    pub applies_to: Option<String>,
    /// Words to file it under too.
    pub add: Vec<String>,
    /// Words to file it under no more.
    pub remove: Vec<String>,
    /// Hold on to it, or let go.
    pub pin: Option<Pin>,
    /// Let only a person see it, or whoever sees its project.
    pub privacy: Option<Privacy>,
    /// How much it matters from now on.
    pub importance: Option<Importance>,
    /// When what it says holds.
    pub valid: Option<Validity>,
    /// What is to stand beside the text.
    pub aside: AsideEdit,
}

impl Edit {
    /// Whether it may lead to a text that is searched otherwise.
    pub fn is_of_text(&self) -> bool {
        self.text.is_some() || self.title.is_some() || self.kind.is_some()
    }
}

/// What is to become of a memory as a whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// Hide it.
    Archive,
    /// Show it again, whatever hid it.
    Restore,
    /// Let this one stand in its place.
    Supersede(MemoryId),
}

impl Content {
    /// The same after `edit`, for the memory `id` that came by `origin`; what stands beside the text is edited by itself
    /// ([`Aside::edited`]), for it hangs on other memories.
    ///
    /// # Errors
    /// An edit of what only a transcript may say, or one that is too long.
    pub fn edited(&self, edit: &Edit, id: MemoryId, origin: Origin) -> Result<Self, Refusal> {
        let mut new = self.clone();
        match &edit.text {
            None => {}
            Some(NewText::Instead(text)) => new.body.clone_from(text),
            Some(NewText::Behind(text)) => new.body = format!("{}\n\n{text}", self.body.trim_end()),
        }
        if new.body.len() > MAX_BODY && new.body != self.body {
            return Err(Refusal::TooLong(new.body.len()));
        }
        if let Some(title) = &edit.title {
            new.title = Some(title.clone()).filter(|title| !title.is_empty());
        }
        if let Some(kind) = edit.kind {
            new.kind = kind;
        }
        if let Some(applies_to) = &edit.applies_to {
            new.applies_to.clone_from(applies_to);
        }
        // A message is its writer's word: whoever changes it would speak in his name.
        let is_said = matches!(origin, Origin::Transcript | Origin::Hook) || self.kind == Kind::Message;
        let says_the_same = (new.kind, &new.title, &new.applies_to, &new.body)
            == (self.kind, &self.title, &self.applies_to, &self.body);
        if is_said && !says_the_same {
            return Err(Refusal::Captured(id));
        }
        if new.kind != self.kind && !new.kind.is_by_hand() {
            return Err(Refusal::CapturedKind(new.kind));
        }
        for word in &edit.add {
            if !new.keywords.contains(word) {
                new.keywords.push(word.clone());
            }
        }
        new.keywords.retain(|word| !edit.remove.contains(word));
        new.pin = edit.pin.unwrap_or(self.pin);
        new.privacy = edit.privacy.unwrap_or(self.privacy);
        new.importance = edit.importance.unwrap_or(self.importance);
        new.valid = edit.valid.unwrap_or(self.valid);
        if new.valid.is_never() {
            return Err(Refusal::NeverValid);
        }
        Ok(new)
    }

    /// Whether `other` is searched by the same text and found as the same kind.
    pub fn is_found_as(&self, other: &Self) -> bool {
        (self.kind, &self.title, &self.body) == (other.kind, &other.title, &other.body)
    }
}

#[cfg(test)]
mod tests;
