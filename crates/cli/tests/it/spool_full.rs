//! A spool that is full: refused aloud, never in silence.
//! It must not know how the spool is emptied.

use quipu_protocol::spool::{MOST_FILES, refusals};
use serde_json::{Value, json};

use crate::support::{Home, until};

#[test]
fn what_a_full_spool_refuses_is_told() {
    let home = Home::new();
    home.json(&["save", "there is a database"]);
    home.quipu(&["down"]).ok();
    // Somebody holds the lock and serves nobody: the spool is not emptied.
    let lock = std::fs::File::options().write(true).open(home.data().join("owner.lock")).unwrap();
    lock.lock().unwrap();
    std::fs::create_dir_all(home.spool()).unwrap();
    for n in 0..MOST_FILES {
        std::fs::write(home.spool().join(format!("{n}.json")), "{}").unwrap();
    }
    let payload =
        json!({ "hook_event_name": "Stop", "session_id": "s", "cwd": home.work(), "last_assistant_message": "x" });
    let told: Value = until("a hook is in time", || {
        let output = home.hook_in_time(&payload);
        serde_json::from_str::<Value>(&output).ok().filter(|told| told["systemMessage"].is_string())
    });
    assert!(told["systemMessage"].as_str().unwrap().contains("was not kept"), "{told:#}");
    assert!(refusals(home.data()) >= 1);
    assert_eq!(std::fs::read_dir(home.spool()).unwrap().count(), MOST_FILES);

    // What means nothing is set aside by the next owner, and the refusals are still told.
    drop(lock);
    let health = until("the spool is emptied", || {
        home.quipu(&["up"]).ok();
        home.health().ok().filter(|health| health.mode == "owner" && health.spool == 0)
    });
    assert_eq!(health.state, "degraded");
    assert!(health.reasons.iter().any(|reason| reason.contains("refused")), "{:?}", health.reasons);
}
