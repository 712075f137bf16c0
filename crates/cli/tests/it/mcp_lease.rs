//! What one session holds over MCP another one is told it has, and gets when it is given up: files, names, roles, work items.
//! It must not know rows.
//! Invariant: what is held over MCP is what the command line shows.

use serde_json::{Value, json};

use crate::mail::{here, json_of};
use crate::mcp_shim::Shim;
use crate::support::Home;

const ONE: &str = "aaaa1111-one";
const TWO: &str = "bbbb2222-two";

/// The shims of two sessions that are here.
fn two(home: &Home) -> [Shim; 2] {
    [ONE, TWO].map(|session| {
        here(home, session);
        let mut command = home.command(&["mcp"]);
        command.env("CLAUDE_CODE_SESSION_ID", session);
        Shim::opened(command)
    })
}

fn tokens(leases: &Value) -> Vec<u64> {
    leases["leases"].as_array().unwrap().iter().filter_map(|lease| lease["token"].as_u64()).collect()
}

#[test]
fn files_and_names_are_held_told_and_given_back() {
    let home = Home::new();
    let [mut one, mut two] = two(&home);
    let files = json!({ "action": "acquire", "paths": ["src/tide"], "reason": "the gauge is rewritten" });
    let held = one.data("agents_lease", &files);
    assert_eq!((&held["outcome"], &held["leases"][0]["state"]), (&json!("granted"), &json!("held")), "{held}");
    assert!(held["leases"][0]["holder"].as_str().unwrap().contains("aaaa1111"), "{held}");
    assert_eq!(one.data("agents_lease", &files)["outcome"], "renewed", "asked again");
    // A file below it is another's to ask for, and not to have.
    let below = json!({ "action": "acquire", "paths": ["src/tide/gauge.rs"] });
    let refused = two.fails("agents_lease", &below);
    assert!(refused.contains("aaaa1111") && refused.contains("the gauge is rewritten"), "{refused}");
    let listed = two.data("agents_lease", &json!({}));
    assert_eq!((&listed["outcome"], tokens(&listed)), (&json!("listed"), tokens(&held)), "{listed}");
    let shown = json_of(&home, None, &["lease", "list"]);
    assert_eq!(tokens(&shown), tokens(&held), "{shown}");
    // Nobody gives back what another one has.
    two.fails("agents_lease", &json!({ "action": "release", "paths": ["src/tide"] }));
    assert_eq!(tokens(&one.data("agents_lease", &json!({}))), tokens(&held));
    assert_eq!(one.data("agents_lease", &json!({ "action": "release", "paths": ["src/tide"] }))["outcome"], "released");
    let next = two.data("agents_lease", &below);
    assert!(next["outcome"] == "granted" && tokens(&next) > tokens(&held), "{next}");

    let gpu = |action: &str| json!({ "action": action, "name": "gpu", "permits": 2, "ttl_seconds": 90 });
    let (first, second) = (one.data("agents_lease", &gpu("acquire")), two.data("agents_lease", &gpu("acquire")));
    assert_eq!((&first["outcome"], &second["outcome"]), (&json!("granted"), &json!("granted")), "two at once");
    let left = first["leases"][0]["seconds_left"].as_u64().unwrap();
    assert!((60..=90).contains(&left), "{left}");
    let renewed = one.data("agents_lease", &json!({ "action": "renew", "name": "gpu", "ttl_seconds": 3_000 }));
    assert!(renewed["leases"][0]["seconds_left"].as_u64().unwrap() > 2_900, "{renewed}");
    let unknown = one.fails("agents_lease", &json!({ "action": "borrow", "name": "gpu" }));
    assert!(unknown.contains("acquire, renew, release or list"), "{unknown}");
}

#[test]
fn a_role_goes_from_one_to_the_next_with_its_note() {
    let home = Home::new();
    let [mut one, mut two] = two(&home);
    let prime = json!({ "role": "prime" });
    let taken = one.data("agents_claim", &prime);
    assert_eq!((&taken["outcome"], &taken["role"]), (&json!("taken"), &json!("prime")), "{taken}");
    let refused = two.fails("agents_claim", &prime);
    assert!(refused.contains("aaaa1111"), "{refused}");
    // By force, but only from whom one saw.
    let stale = json!({ "role": "prime", "force": true, "reason": "it sleeps", "if_epoch": 99 });
    two.fails("agents_claim", &stale);
    let forced = json!({ "role": "prime", "force": true, "reason": "it sleeps", "if_epoch": taken["epoch"] });
    let forced = two.data("agents_claim", &forced);
    assert!(forced["taken_from"].as_str().unwrap().contains("aaaa1111"), "{forced}");
    assert!(forced["epoch"].as_u64() > taken["epoch"].as_u64(), "{forced}");
    two.data("agents_claim", &json!({ "role": "prime", "action": "give", "note": "the sluice is half done" }));
    let again = one.tool("agents_claim", &prime)["content"][0]["text"].to_string();
    let (said, quoted) = again.split_once("<quipu-memory").unwrap_or_else(|| panic!("{again}"));
    assert!(!said.contains("sluice") && quoted.contains("the sluice is half done"), "{again}");
    let roles = json_of(&home, None, &["role", "list"]);
    assert!(roles.to_string().contains("aaaa1111"), "{roles}");
}

#[test]
fn a_work_item_is_one_sessions_and_becomes_active() {
    let home = Home::new();
    let [mut one, mut two] = two(&home);
    let item = json_of(&home, None, &["work", "add", "Calibrate the tide gauge"]);
    let id = item["id"].as_str().unwrap_or_else(|| panic!("{item}"));
    let claim = json!({ "work_item": id });
    let taken = one.data("agents_claim", &claim);
    assert_eq!((&taken["outcome"], &taken["work_item"]), (&json!("taken"), &json!(id)), "{taken}");
    assert!(json_of(&home, None, &["show", id]).to_string().contains("active"));
    assert!(two.fails("agents_claim", &claim).contains("aaaa1111"));
    assert_eq!(one.data("agents_claim", &json!({ "work_item": id, "action": "give" }))["outcome"], "released");
    assert_eq!(two.data("agents_claim", &claim)["outcome"], "taken");
    // What cannot be begun is nobody's, and is not held by whoever tried.
    let blocked = json_of(&home, None, &["work", "add", "Paint the hut", "--blocked-by", id]);
    let blocked = blocked["id"].as_str().unwrap();
    let refused = one.fails("agents_claim", &json!({ "work_item": blocked }));
    assert!(refused.contains("block"), "{refused}");
    let held = one.data("agents_lease", &json!({}));
    assert!(held.to_string().contains(id) && !held.to_string().contains(blocked), "{held}");
    let both = one.fails("agents_claim", &json!({ "work_item": id, "role": "prime" }));
    assert!(both.contains("one of them"), "{both}");
}
