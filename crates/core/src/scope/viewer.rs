//! Who looks at memories, where he stands, and what of them he sees.
//! It must not know how memories are found.
//! Invariant: the rule is here and nowhere else; the store tests it where candidates are gathered.

use std::collections::HashMap;
use std::sync::Arc;

use super::Place;
use crate::file_note::is_particular;
use crate::memory::SessionRef;

/// Who is answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Reader {
    /// A person, by command, socket or page.
    #[default]
    Person,
    /// An agent: what it reads leaves the machine.
    Agent,
}

/// Who may see a memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Privacy {
    /// Whoever sees its project.
    #[default]
    Shared,
    /// Only a person.
    Private,
}

/// Which places an answer is made from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reach {
    /// Every place of the project: somebody searches.
    Every,
    /// What holds where somebody stands: something is recalled without being asked for.
    Here(Arc<Standpoint>),
    /// Only what was written for this place.
    Only(Place),
}

/// Who looks, and at what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Viewer {
    /// Who is answered.
    pub reader: Reader,
    /// From which places.
    pub reach: Reach,
}

impl Viewer {
    /// A person who searches.
    pub const PERSON: Self = Self { reader: Reader::Person, reach: Reach::Every };
    /// An agent that searches.
    pub const AGENT: Self = Self { reader: Reader::Agent, reach: Reach::Every };

    /// An agent that is told something unasked.
    pub fn told_at(standpoint: Standpoint) -> Self {
        Self { reader: Reader::Agent, reach: Reach::Here(Arc::new(standpoint)) }
    }
}

impl Reader {
    /// Whether he may see what has this privacy.
    pub fn may_see(self, privacy: Privacy) -> bool {
        self == Reader::Person || privacy == Privacy::Shared
    }
}

/// Whether a memory belongs to a project or to none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Home {
    /// To one.
    Project,
    /// To none: it is seen in all of them.
    Workspace,
}

impl Reach {
    /// Whether what holds in these places only (empty: wherever it is seen) is within reach.
    pub fn holds(&self, home: Home, narrow: &[Place]) -> bool {
        match self {
            Reach::Every => true,
            Reach::Here(standpoint) => narrow.is_empty() || narrow.iter().any(|place| standpoint.is_in(place)),
            Reach::Only(Place::Global | Place::Workspace) => home == Home::Workspace && narrow.is_empty(),
            Reach::Only(Place::Project) => home == Home::Project && narrow.is_empty(),
            Reach::Only(Place::File(file)) => {
                let about = |place: &Place| matches!(place, Place::File(written) if is_below(file, written));
                narrow.iter().any(about)
            }
            Reach::Only(place) => narrow.contains(place),
        }
    }
}

/// Where somebody stands: what is checked out, which session it is, which files are at hand.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Standpoint {
    branch: Option<String>,
    session: Option<SessionRef>,
    /// Keys of the files at hand.
    files: Vec<String>,
    /// Paths in the question, by their last names.
    named: HashMap<String, Vec<String>>,
}

impl Standpoint {
    /// On a branch, in a session, where these are known.
    pub fn new(branch: Option<String>, session: Option<SessionRef>) -> Self {
        Self { branch, session, ..Self::default() }
    }

    /// The same, with the file of this key ([`super::file_key`]) at hand.
    #[must_use]
    pub fn with_file(mut self, key: String) -> Self {
        self.files.push(key);
        self
    }

    /// The same, with the files that a question names at hand too.
    #[must_use]
    pub fn asking(mut self, question: &str) -> Self {
        let in_path = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '.' | '/' | '~' | '@' | '+');
        for word in question.split(|c| !in_path(c)) {
            let word = word.trim_end_matches(['.', '/']).trim_start_matches("./");
            if !word.contains(['.', '/']) {
                continue;
            }
            if let Some(name) = word.rsplit('/').next().filter(|name| !name.is_empty()) {
                self.named.entry(name.to_owned()).or_default().push(word.to_owned());
            }
        }
        self
    }

    /// Whether `place` holds here. An area has no border, so it holds wherever its project does.
    pub fn is_in(&self, place: &Place) -> bool {
        match place {
            Place::Global | Place::Workspace | Place::Project | Place::Area(_) => true,
            Place::Branch(name) => self.branch.as_ref() == Some(name),
            Place::Session(written) => self.session.as_ref().is_some_and(|session| {
                let of_agent = written.strip_prefix(session.agent.as_str()).and_then(|rest| rest.strip_prefix('/'));
                *written == session.id || of_agent == Some(session.id.as_str())
            }),
            Place::File(written) => self.files.iter().any(|file| is_below(file, written)) || self.names(written),
        }
    }

    /// Whether the question names the file with this key, by its name, where few files have it, or by the end of its path.
    fn names(&self, key: &str) -> bool {
        let name = key.rsplit('/').next().unwrap_or(key);
        self.named.get(name).into_iter().flatten().any(|word| {
            let ends = |path: &str, with: &str| path == with || path.ends_with(&format!("/{with}"));
            if word == name { is_particular(name) } else { ends(key, word) || ends(word, key) }
        })
    }
}

/// Whether `file` is what was `written`, or lies in it.
pub(super) fn is_below(file: &str, written: &str) -> bool {
    let is_whole = written == "." && !file.starts_with('/');
    is_whole || file.strip_prefix(written).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}
