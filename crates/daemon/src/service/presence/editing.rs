//! Who is editing a file now: asked of memory alone, for hooks and searches cannot wait.
//! It must not know how it is said.
//! Invariant: nobody is told of his own edits, his subagents' among them; what is over, or silent, is no warning.

use jiff::Zoned;
use quipu_core::id::Millis;
use quipu_core::memory::{Memory, ProjectKey, SessionRef};
use quipu_core::presence::shown;
use quipu_protocol::wire::agents::EditorView;

use crate::dates;
use crate::places;
use crate::service::Service;

/// Somebody who is editing a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Editor {
    pub(crate) session: SessionRef,
    pub(crate) file: String,
    pub(crate) at: Millis,
    pub(crate) branch: Option<String>,
    pub(crate) task: Option<String>,
}

impl Editor {
    /// As it travels.
    pub(crate) fn view(&self) -> EditorView {
        EditorView {
            session: self.session.to_string(),
            file: self.file.clone(),
            at: self.at.0,
            branch: self.branch.clone(),
            task: self.task.clone(),
        }
    }

    /// In a line for an agent.
    pub(crate) fn line(&self, now: &Zoned) -> String {
        let task = self.task.as_deref().map(|task| format!(", which says it does: {task}")).unwrap_or_default();
        let branch = self.branch.as_deref().map(|branch| format!(" on branch {branch}")).unwrap_or_default();
        format!("{}{branch} edits {} too, last {}{task}", shown(&self.session), self.file, dates::age(self.at.0, now))
    }
}

/// Every file that somebody edits now.
#[derive(Debug, Default)]
pub(crate) struct Editing(Vec<(ProjectKey, Editor)>);

impl Editing {
    /// Those who edit a file of `project`, by its key; the latest edit first.
    pub(crate) fn of_file(&self, project: &ProjectKey, key: &str) -> Vec<&Editor> {
        self.0.iter().filter(|(of, editor)| of == project && editor.file == key).map(|(_, editor)| editor).collect()
    }

    /// Those who edit a file that a memory is about or has changed.
    pub(crate) fn of_memory(&self, memory: &Memory) -> Vec<&Editor> {
        let Some(project) = &memory.project else { return Vec::new() };
        // Paths are looked at only where somebody edits anything there.
        if memory.files.is_empty() || !self.0.iter().any(|(of, _)| of == project) {
            return Vec::new();
        }
        let keys: Vec<String> = memory.files.iter().filter_map(|file| places::file_key(Some(project), file)).collect();
        self.0.iter().filter(|(of, editor)| of == project && keys.contains(&editor.file)).map(|(_, e)| e).collect()
    }
}

impl Service {
    /// What others than `own` edit now, the latest first.
    pub(crate) fn editing(&self, own: Option<&SessionRef>) -> Editing {
        let (now, patience, window) = (self.now(), self.patience(), self.edits_for());
        let fresh = |at: Millis| now.0.saturating_sub(at.0) < window;
        let is_own = |session: &SessionRef| own.is_some_and(|own| is_of(session, own));
        let mut found = Vec::new();
        self.presence.each_at_work(now, patience, |session, agent| {
            let files = agent.files.iter().filter(|(_, at)| fresh(*at));
            for (file, at) in files.filter(|_| !is_own(session)) {
                let (session, branch, task) = (session.clone(), agent.branch.clone(), agent.task.clone());
                found.push((agent.project.clone(), Editor { session, file: file.clone(), at: *at, branch, task }));
            }
        });
        found.sort_by_key(|(_, editor)| std::cmp::Reverse(editor.at));
        Editing(found)
    }
}

/// Whether a session is `own` or one of its subagents.
fn is_of(session: &SessionRef, own: &SessionRef) -> bool {
    let root = |session: &SessionRef| session.id.split('/').next().unwrap_or_default().to_owned();
    session.agent == own.agent && root(session) == root(own)
}
