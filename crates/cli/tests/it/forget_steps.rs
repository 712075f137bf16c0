//! Each step of a forgetting is needed: where the daemon dies before it, planted words still stand in what it cleans.
//! It must not know how a step cleans.
//! Invariant: nobody goes on with it before it was looked at.

use std::collections::BTreeSet;

use quipu_core::fault_point::FaultPoint;
use quipu_protocol::client::Request;
use quipu_protocol::env::QUIPU_FAULT_POINT;
use quipu_protocol::new_event_id;
use serde_json::json;

use crate::forget::segments;
use crate::forget_world::{OF_SESSION, Planted};
use crate::session::files_with;
use crate::support::until;

/// Where bytes of what was forgotten may lie.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Place {
    Spool,
    /// The database's file and its log.
    Database,
}

impl Place {
    /// The words that stand there.
    fn words(self, planted: &Planted) -> Vec<&'static str> {
        let home = &planted.home;
        let holds = |word: &str| match self {
            Place::Spool => !files_with(&home.spool(), word).is_empty(),
            Place::Database => files_with(home.data(), word).iter().any(|path| {
                let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
                path.parent() == Some(home.data()) && (name.ends_with("-wal") || name.ends_with(".db"))
            }),
        };
        OF_SESSION.into_iter().filter(|word| holds(word)).collect()
    }
}

/// The index when the daemon was found dead.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Index {
    AsItWas,
    Anew,
}

/// A daemon that forgot the session and died at `point`, the index's segments before that, and the request.
fn died_at(point: FaultPoint) -> (Planted, BTreeSet<String>, impl Fn(&Planted)) {
    let planted = Planted::new();
    let code = planted.code(&["--session", &planted.session]);
    planted.home.quipu(&["down"]).ok();
    let mut daemon = planted.home.command(&["daemon", "run"]);
    let null = std::process::Stdio::null;
    daemon.env(QUIPU_FAULT_POINT, point.name()).stdin(null()).stdout(null()).stderr(null());
    let mut daemon = daemon.spawn().unwrap();
    until("it listens", || planted.home.health().ok());
    let before = segments(&planted);
    let wanted = json!({ "session": planted.session, "confirm": code });
    let event = new_event_id();
    let ask = move |planted: &Planted| {
        // Whether an answer came before the death is the daemon's affair; no client starts another one.
        let _ = planted.home.request(&Request::post("/v1/forget", &wanted).event(event));
    };
    ask(&planted);
    until(&format!("it dies at {point:?}"), || daemon.try_wait().unwrap());
    (planted, before, ask)
}

#[test]
fn without_any_of_its_steps_something_is_left() {
    use FaultPoint::{ForgetFile, ForgetIndex, ForgetLog, ForgetRows};
    // Terms lie in the index as a tree, where no word can be looked for: which segments there are says whether those that held
    // them are still there.
    for (point, left, clean, index) in [
        // The rows are gone, and nothing else.
        (ForgetRows, &[Place::Spool, Place::Database][..], &[][..], Index::AsItWas),
        (ForgetIndex, &[Place::Database], &[], Index::Anew),
        // The file is written anew into its log: until that is emptied the old pages are in the file.
        (ForgetFile, &[Place::Database], &[], Index::Anew),
        (ForgetLog, &[], &[Place::Database], Index::Anew),
    ] {
        let (planted, before, ask_again) = died_at(point);
        let is_as_it_was = before.is_subset(&segments(&planted));
        assert_eq!(is_as_it_was, index == Index::AsItWas, "dead at {point:?}: the segments");
        for place in left {
            assert!(
                !place.words(&planted).is_empty(),
                "dead at {point:?}, {place:?} is clean: the step proves nothing"
            );
        }
        for place in clean {
            assert_eq!(place.words(&planted), [""; 0], "dead at {point:?}, after {place:?} was cleaned");
        }
        // Asked again under the same id, as a client does, the next one goes on with what is left.
        planted.home.up();
        ask_again(&planted);
        planted.is_whole();
        planted.is_gone(&format!("after a death at {point:?}"), &OF_SESSION);
    }
}
