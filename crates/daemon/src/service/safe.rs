//! Texts on their way in, and on their way out to an agent: by the rules of their place.
//! It must not know what a text is for.
//! Invariant: whatever is kept of a request goes through here first; what was replaced is told by its labels alone.

use std::path::Path;
use std::sync::Arc;

use quipu_agents::Privacy;
use quipu_core::hash::content_hash;
use quipu_core::redact::{Finding, private};

use super::Service;

/// Texts of one request.
pub(super) struct Safe {
    privacy: Arc<Privacy>,
    found: Vec<Finding>,
}

/// The text of a memory as it may be kept.
pub(super) struct Body {
    pub(super) text: String,
    /// The hash of what it was, where that is something else.
    pub(super) original_hash: Option<String>,
}

impl Service {
    /// What may be kept of what is said at `directory`, or anywhere.
    pub(crate) fn privacy(&self, directory: Option<&str>) -> Arc<Privacy> {
        self.settings.privacy(Path::new(directory.unwrap_or("/")))
    }

    /// Texts that come from `directory`.
    pub(super) fn safe(&self, directory: Option<&str>) -> Safe {
        Safe { privacy: self.privacy(directory), found: Vec::new() }
    }
}

impl Safe {
    /// A text as it may be kept.
    pub(super) fn text(&mut self, text: &str) -> String {
        let (text, found) = self.privacy.redactor().redact(text);
        self.found.extend(found);
        text.into_owned()
    }

    /// The text of a memory. One that was changed knows what it was: brought in again, it is the same.
    pub(super) fn body(&mut self, said: &str) -> Body {
        let text = self.text(said);
        let original_hash = (text != said).then(|| content_hash(said));
        Body { text, original_hash }
    }

    /// How many places were replaced.
    pub(super) fn count(&self) -> u32 {
        self.found.iter().map(|finding| finding.count).sum()
    }

    /// What was replaced.
    pub(super) fn labels(self) -> Vec<String> {
        self.found.into_iter().map(|finding| finding.label.into_owned()).collect()
    }
}

impl Body {
    /// Why it is not kept at all, where nothing but what is private was said.
    pub(super) fn refusal(&self) -> Option<&'static str> {
        private::is_all(&self.text).then_some("private: nothing else was said")
    }
}
