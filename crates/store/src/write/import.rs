//! Memories that other programs kept, on their way in.
//! It must not know those programs' formats, nor SQL.
//! Invariant: an item is known by its id; what its source says of it decides whether there is anything to do.

use std::fmt;

use quipu_core::change::Pin;
use quipu_core::id::{MemoryId, Millis};
use quipu_core::memory::Note;
use quipu_core::work::Work;

/// Some memories of one source: one commit.
#[derive(Debug, Clone)]
pub struct ImportBatch {
    /// Which program they come from: `local-recall`, `claude-mem`, …
    pub source: String,
    /// The memories.
    pub items: Vec<ImportItem>,
    /// What is not there any more.
    pub gone: Gone,
    /// Whether anything is kept.
    pub pass: Pass,
}

/// Whether anything is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pass {
    /// It is.
    Keep,
    /// All is done and undone again, to see what would become of it.
    Rehearse,
}

/// What a source has no more. What was changed here since it was brought in stays as it is.
#[derive(Debug, Clone, Default)]
pub struct Gone {
    /// Memories that were taken out.
    pub ids: Vec<MemoryId>,
    /// Files of which the whole content is in `items`, by path: whatever else came from them is there no more.
    pub whole_files: Vec<String>,
}

/// One memory.
#[derive(Debug, Clone)]
pub struct ImportItem {
    /// The memory, redacted; under the id that it has in its source.
    pub note: Note,
    /// What hides it there, if anything does.
    pub stood: Stood,
    /// Whether it is held on to.
    pub pin: Pin,
    /// Absolute paths of files that it is about.
    pub files: Vec<String>,
    /// How many secrets were replaced.
    pub redactions: u32,
    /// Where it stands in its source.
    pub from: ImportedFrom,
    /// What the source says of it.
    pub said: Said,
}

/// All that a source says of a memory, to know another time whether it says something else.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Said {
    /// Hash of its text and what is filed with it.
    pub text: String,
    /// Where it stands as a work item, if it is one, in a form that is compared and nothing else.
    pub work: Option<String>,
    /// Hash of its links, if it has any.
    pub links: Option<String>,
}

impl Said {
    /// How a work item is compared: by what it goes back to once nothing blocks it.
    pub fn of_work(work: &Work) -> String {
        let status = work.held.unwrap_or(work.status).as_str();
        format!("{status}/{}/{}", work.priority.as_str(), work.due.map(|due| due.0.to_string()).unwrap_or_default())
    }

    /// The other way round from [`Display`](fmt::Display).
    pub fn parse(text: &str) -> Self {
        let mut words = text.split(' ');
        let text = words.next().unwrap_or_default().to_owned();
        let mut said = Said { text, ..Said::default() };
        for word in words {
            match word.split_once('=') {
                Some(("work", work)) => said.work = Some(work.to_owned()),
                Some(("links", links)) => said.links = Some(links.to_owned()),
                _ => {}
            }
        }
        said
    }
}

impl fmt::Display for Said {
    /// What has neither work nor links is its hash alone, as before there were any.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)?;
        self.work.iter().try_for_each(|work| write!(f, " work={work}"))?;
        self.links.iter().try_for_each(|links| write!(f, " links={links}"))
    }
}

/// How a memory stood in its source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Stood {
    /// It was shown.
    Live,
    /// It was hidden.
    Archived {
        /// When; where that is not known, when it was said.
        at: Millis,
        /// Why.
        reason: Option<String>,
    },
    /// Another one stood in its place, which may come later, or never.
    Superseded(MemoryId),
    /// A summary stood for it, which may come later, or never.
    Aggregated(MemoryId),
}

/// Where in its source a memory stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImportedFrom {
    /// The file or the database.
    pub path: String,
    /// Its first and last line, from 1; of a table the number of the row.
    pub lines: Option<(u64, u64)>,
    /// What it is called there.
    pub name: Option<String>,
}

/// What became of a batch.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ImportCounts {
    /// Of each item, in their order.
    pub items: Vec<ImportOutcome>,
    /// Memories that were archived because their source has them no more.
    pub archived: Vec<MemoryId>,
    /// What became of their links.
    pub links: LinkCounts,
}

/// What became of links, in numbers. Those that were there already are in none of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct LinkCounts {
    /// Made.
    pub made: u32,
    /// So many more wait for their other end than before; fewer, where more came than were to wait.
    pub waiting: i32,
    /// Their memory may not keep them: a circle, one too many, another project's, or what was forgotten.
    pub left_out: u32,
}

/// What became of one item.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ImportOutcome {
    /// It is a memory now.
    Stored(MemoryId),
    /// Its source says something else than it did, and so does the memory now; what it was is a revision.
    Changed(MemoryId),
    /// It is there already.
    Duplicate {
        /// The memory that is there.
        of: MemoryId,
    },
    /// Both its source and somebody here have changed it: it stays as it is here.
    ChangedHere(MemoryId),
    /// It has the id of a memory that came another way and says something else.
    IdTaken(MemoryId),
    /// It is there, and was hidden here.
    HiddenHere(MemoryId),
    /// It was forgotten on purpose.
    Forgotten(MemoryId),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_said_reads_back() {
        for (work, links) in
            [(None, None), (Some("active/high/"), None), (None, Some("ab")), (Some("done/low/7"), Some("c"))]
        {
            let said = Said { text: "h".into(), work: work.map(str::to_owned), links: links.map(str::to_owned) };
            assert_eq!(Said::parse(&said.to_string()), said);
        }
        assert_eq!(Said { text: "h".into(), ..Said::default() }.to_string(), "h", "as before there was anything else");
    }
}
