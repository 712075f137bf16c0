//! Whose memories, of which kinds and from when: what was asked for on the command line, and what a key changes it to.
//! It must not know the screen or the daemon.
//! Invariant: the first choice of each row is what the command line said.

use jiff::Zoned;
use quipu_core::kind::Kind;
use quipu_protocol::wire::search::{ScopeParams, SearchRequest, TimelineRequest};

use crate::dates::{self, Edge};

/// Choices that a key goes through, round and round.
#[derive(Debug, Clone)]
pub(super) struct Choice<T> {
    /// Each with its name on the screen.
    all: Vec<(String, T)>,
    at: usize,
}

impl<T> Choice<T> {
    pub(super) fn next(&mut self) {
        self.at = (self.at + 1) % self.all.len();
    }
    pub(super) fn name(&self) -> &str {
        &self.all[self.at].0
    }
    fn value(&self) -> &T {
        &self.all[self.at].1
    }
}

/// From when to when.
#[derive(Debug, Clone)]
enum Span {
    /// UTC milliseconds, as the command line said.
    Given(Option<i64>, Option<i64>),
    /// Since then, in the words of `dates::parse`: it moves with the clock.
    Since(&'static str),
}

/// What the command line said, read and made absolute.
#[derive(Debug, Clone, Default)]
pub(crate) struct Asked {
    /// What to look for first.
    pub(crate) query: String,
    pub(crate) scope: ScopeParams,
    pub(crate) kinds: Vec<String>,
    /// UTC milliseconds.
    pub(crate) since: Option<i64>,
    /// UTC milliseconds.
    pub(crate) until: Option<i64>,
    pub(crate) limit: Option<usize>,
    /// Only of these files.
    pub(crate) files: Vec<String>,
    pub(crate) include_archived: bool,
    /// What was there then: UTC milliseconds.
    pub(crate) as_of: Option<i64>,
    pub(crate) explain: bool,
    pub(crate) words_only: bool,
}

/// The filters as they stand.
#[derive(Debug, Clone)]
pub(super) struct Filters {
    pub(super) scope: Choice<ScopeParams>,
    pub(super) kinds: Choice<Vec<String>>,
    times: Choice<Span>,
    /// Everything that no key changes.
    rest: Asked,
}

/// So many results, unless the command line says otherwise: some screenfuls.
const LIMIT: usize = 50;

/// What the daemon is to be asked.
#[derive(Debug, Clone)]
pub(super) enum Question {
    /// Something was typed.
    Search(SearchRequest),
    /// The newest.
    Newest(TimelineRequest),
}

impl Filters {
    pub(super) fn new(asked: Asked) -> Self {
        let all = ScopeParams { all: true, ..asked.scope.clone() };
        let narrow = ScopeParams { all: false, ..asked.scope.clone() };
        let name = narrow.project.clone().unwrap_or_else(|| "this project".to_owned());
        let mut scopes = vec![(name, narrow), ("all projects".to_owned(), all)];
        if asked.scope.all {
            scopes.reverse();
        }
        let of = |name: &str, kinds: Vec<Kind>| {
            (name.to_owned(), kinds.into_iter().map(|kind| kind.as_str().to_owned()).collect())
        };
        let mut kinds: Vec<(String, Vec<String>)> = vec![
            ("all kinds".to_owned(), Vec::new()),
            of("written", Kind::ALL.into_iter().filter(|kind| kind.is_written()).collect()),
            of("prompts", vec![Kind::Prompt]),
            of("answers", vec![Kind::Answer]),
            of("thoughts", vec![Kind::Thought]),
            of("outcomes", vec![Kind::Outcome]),
            of("checkpoints", vec![Kind::Checkpoint]),
            of("messages", vec![Kind::Message]),
        ];
        if !asked.kinds.is_empty() {
            kinds.insert(0, (asked.kinds.join(", "), asked.kinds.clone()));
        }
        let mut times: Vec<(String, Span)> = vec![
            ("any time".to_owned(), Span::Given(None, None)),
            ("today".to_owned(), Span::Since("today")),
            ("7 days".to_owned(), Span::Since("7d")),
            ("30 days".to_owned(), Span::Since("30d")),
        ];
        if asked.since.is_some() || asked.until.is_some() {
            times.insert(0, ("time as given".to_owned(), Span::Given(asked.since, asked.until)));
        }
        let (scope, kinds, times) =
            (Choice { all: scopes, at: 0 }, Choice { all: kinds, at: 0 }, Choice { all: times, at: 0 });
        Self { scope, kinds, times, rest: asked }
    }

    pub(super) fn next_time(&mut self) {
        self.times.next();
    }

    pub(super) fn time(&self) -> &str {
        self.times.name()
    }

    /// Whether every project is looked at.
    pub(super) fn is_everywhere(&self) -> bool {
        self.scope.value().all
    }

    /// What to ask for `text`, at `now`.
    pub(super) fn question(&self, text: &str, now: &Zoned) -> Question {
        let (since, until) = match self.times.value() {
            Span::Given(since, until) => (*since, *until),
            // The words are ours, and a moment that cannot be said is none that holds anything back.
            Span::Since(words) => (dates::parse(words, Edge::Start, now).ok(), None),
        };
        let (scope, kinds) = (self.scope.value().clone(), self.kinds.value().clone());
        let limit = Some(self.rest.limit.unwrap_or(LIMIT));
        if text.trim().is_empty() {
            let (around, session) = (None, None);
            return Question::Newest(TimelineRequest {
                scope,
                around,
                session,
                kinds,
                since,
                until,
                cursor: None,
                limit,
                files: self.rest.files.clone(),
                include_archived: self.rest.include_archived,
                as_of: self.rest.as_of,
            });
        }
        Question::Search(SearchRequest {
            query: text.trim().to_owned(),
            scope,
            limit,
            kinds,
            since,
            until,
            files: self.rest.files.clone(),
            include_archived: self.rest.include_archived,
            as_of: self.rest.as_of,
            explain: self.rest.explain,
            words_only: self.rest.words_only,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Names after so many presses of each key, and what would be asked.
    fn check(asked: Asked, presses: (usize, usize, usize), names: [&str; 3]) -> SearchRequest {
        let mut filters = Filters::new(asked);
        (0..presses.0).for_each(|_| filters.scope.next());
        (0..presses.1).for_each(|_| filters.kinds.next());
        (0..presses.2).for_each(|_| filters.next_time());
        assert_eq!([filters.scope.name(), filters.kinds.name(), filters.time()], names);
        let now: Zoned = "2026-11-21T15:00:00+00:00[UTC]".parse().unwrap();
        assert!(matches!(filters.question("  ", &now), Question::Newest(_)));
        let Question::Search(request) = filters.question(" x ", &now) else { panic!("something was typed") };
        request
    }

    #[test]
    fn keys_go_round_and_begin_with_what_was_said() {
        let cwd = ScopeParams { cwd: Some("/w".into()), ..ScopeParams::default() };
        let plain = Asked { scope: cwd.clone(), ..Asked::default() };
        let request = check(plain.clone(), (0, 0, 0), ["this project", "all kinds", "any time"]);
        assert_eq!((request.query.as_str(), request.limit, request.scope.all), ("x", Some(LIMIT), false));
        let request = check(plain.clone(), (1, 1, 1), ["all projects", "written", "today"]);
        assert!(request.scope.all && request.kinds.len() == 10 && !request.kinds.contains(&"prompt".to_owned()));
        assert_eq!(request.since, Some("2026-11-21T00:00:00Z".parse::<jiff::Timestamp>().unwrap().as_millisecond()));
        check(plain, (2, 8, 4), ["this project", "all kinds", "any time"]);

        let said = Asked {
            scope: ScopeParams { all: true, ..cwd },
            kinds: vec!["risk".into()],
            until: Some(7),
            limit: Some(3),
            ..Asked::default()
        };
        let request = check(said.clone(), (0, 0, 0), ["all projects", "risk", "time as given"]);
        assert_eq!((request.kinds, request.until, request.limit), (vec!["risk".to_owned()], Some(7), Some(3)));
        let request = check(said, (1, 1, 1), ["this project", "all kinds", "any time"]);
        assert_eq!((request.scope.cwd.as_deref(), request.until), (Some("/w"), None));
    }
}
