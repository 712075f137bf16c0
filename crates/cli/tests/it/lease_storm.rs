//! Two hundred processes in one queue: never more inside than permits, and every one has its turn.
//! It must not know how they wait.

use std::process::Stdio;
use std::time::Instant;

use serde_json::json;

use crate::support::{Home, finish, until};

const PROCESSES: usize = 200;
const PERMITS: usize = 3;

#[test]
fn two_hundred_processes_share_three_permits() {
    let home = Home::new();
    home.up();
    let place = home.work().join("inside");
    std::fs::create_dir(&place).unwrap();
    // Each leaves a mark while it is inside, and says how many marks there were; by names that only `ls` counts.
    let script = "mark=inside/$$; : > $mark; set -- inside/*; echo $#; sleep 0.02; rm $mark";
    let args = ["lease", "run", "slots", "--permits", "3", "--", "sh", "-c", script];
    let started = Instant::now();
    let children: Vec<_> = (0..PROCESSES)
        .map(|_| {
            let mut command = home.command(&args);
            command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
        })
        .collect();
    // Others are served meanwhile: nobody who waits has a thread.
    let most = until("many wait", || {
        let listed = home.json(&["lease", "list", "slots"]);
        let held = listed["held"].as_u64().unwrap() as usize;
        assert!(held <= PERMITS, "{listed}");
        (listed["waiting"].as_u64().unwrap() > 24).then_some(held)
    });
    assert!(most > 0);
    assert!(home.quipu(&["search", "falcon"]).code == 0);
    let mut inside = Vec::new();
    for child in children {
        let output = finish(child, b"", Instant::now());
        assert_eq!(output.code, 0, "{output:#?}");
        inside.push(output.stdout.trim().parse::<usize>().unwrap());
    }
    println!(
        "{PROCESSES} processes through {PERMITS} permits in {:?}, at most {:?} inside",
        started.elapsed(),
        inside.iter().max()
    );
    assert!(inside.iter().all(|count| (1..=PERMITS).contains(count)), "{inside:?}");
    assert_eq!(inside.len(), PROCESSES);
    let after = home.json(&["lease", "list"]);
    assert_eq!((&after["held"], &after["waiting"]), (&json!(0), &json!(0)), "{after}");
    // In the order of asking: nobody who asked later was let in before.
    let feed = home.json_of("/v1/feed?all=true&kinds=lease_granted&limit=500&after=0");
    let granted: Vec<i64> =
        feed["events"].as_array().unwrap().iter().map(|event| event["body"]["lease"].as_i64().unwrap()).collect();
    assert_eq!(granted.len(), PROCESSES);
    assert!(granted.is_sorted(), "{granted:?}");
}
