//! The session pack as people, agents and hooks get it: what it holds, how much of what there is, within its budget.
//! It must not know how a section is gathered.
//! Invariant: what a title counts stands below it, and every door gives the same pack.

use serde_json::{Value, json};

use crate::mcp_shim::Shim;
use crate::session::{Session, context};
use crate::support::Home;

/// A home whose project has something for every section.
fn filled() -> Home {
    let home = Home::new();
    std::fs::create_dir_all(home.work().join(".git")).unwrap();
    std::fs::write(home.work().join("kept.rs"), "").unwrap();
    home.up();
    let earlier = Session::new(&home, "earlier", &home.work());
    earlier.ask("where does the tide table come from?");
    earlier.stop("From the harbour office, once a day.");
    let save = |args: &[&str]| home.json(&[&["save"], args].concat())["id"].as_str().unwrap().to_owned();
    for n in 1..=3 {
        save(&[&format!("Decision {n}: the osprey cache keeps {n} tables"), "--kind", "decision"]);
    }
    save(&["Moorings are numbered from the lighthouse on", "--kind", "decision"]);
    save(&["Every table has a checksum", "--kind", "convention"]);
    save(&["Never parse a table twice", "--kind", "anti_pattern", "--file", "lost.rs", "--file", "kept.rs"]);
    save(&["Who owns the buoys?", "--kind", "open_thread"]);
    save(&["The gauge drifts in spring"]);
    let held = save(&["The harbour office answers on Tuesdays only"]);
    home.json(&["update", &held, "--pin"]);
    home.json(&["work", "add", "plan the winter", "--priority", "low"]);
    home.json(&["work", "add", "mend the gauge", "--due", "2020-01-01", "--priority", "backlog"]);
    let begun = home.json(&["work", "add", "draw the chart"]);
    home.json(&["work", "start", begun["id"].as_str().unwrap()]);
    home
}

/// The lines below the title that begins so, and its title.
fn below<'t>(text: &'t str, section: &str) -> (&'t str, Vec<&'t str>) {
    let mut lines = text.lines().skip_while(|line| !line.starts_with(&format!("{section}, ")));
    let title = lines.next().unwrap_or_default();
    (title, lines.take_while(|line| line.starts_with("- ")).collect())
}

#[test]
fn the_pack_holds_what_matters_and_counts_it() {
    let home = filled();
    let pack = home.json(&["context"]);
    let text = pack["text"].as_str().unwrap();
    let shares: Vec<(&str, u64, u64)> = pack["sections"]
        .as_array()
        .unwrap()
        .iter()
        .map(|s| (s["name"].as_str().unwrap(), s["told"].as_u64().unwrap(), s["of"].as_u64().unwrap()))
        .collect();
    assert_eq!(
        shares,
        [
            ("where we stopped", 2, 2),
            ("open work", 3, 3),
            ("pinned", 1, 1),
            ("decisions", 4, 4),
            ("conventions and what not to do", 2, 2),
            ("open threads", 1, 1),
            ("other notes", 1, 1),
        ],
        "{text}"
    );
    let (_, work) = below(text, "open work");
    assert!(work[0].contains("mend the gauge") && work[0].contains("overdue"), "{work:?}");
    assert!(work[1].contains("draw the chart") && work[1].contains("active, medium"), "{work:?}");
    let (_, rules) = below(text, "conventions and what not to do");
    assert!(rules.iter().any(|line| line.contains("(file gone since: lost.rs)")), "{rules:?}");
    assert!(text.contains("(just now)") && text.contains("quipu (memory: owner) on w"), "{text}");
    assert_eq!(pack["ids"].as_array().unwrap().len(), 14);
    let told = pack["told"].as_array().unwrap();
    assert!(
        told.iter().all(|told| text.contains(told["id"].as_str().unwrap()) && told["tokens"].as_u64().unwrap() > 5)
    );
    assert_eq!(pack["notes"], json!([12, 12]));
    // A person is shown the same.
    let shown = home.quipu(&["context"]).ok();
    assert!(shown.starts_with(text.trim_end()), "{shown}");
    // And who is at work, which is no memory.
    assert!(shown[text.trim_end().len()..].contains("at work in w now"), "{shown}");
}

#[test]
fn a_small_budget_says_what_it_leaves_out() {
    let home = filled();
    for budget in ["50", "120", "300", "600"] {
        let pack = home.json(&["context", "--budget", budget]);
        let (text, most) = (pack["text"].as_str().unwrap(), budget.parse::<u64>().unwrap());
        assert!(pack["tokens"].as_u64().unwrap() <= most, "{budget}: {text}");
        let mut lines = 0;
        for share in pack["sections"].as_array().unwrap() {
            let (title, below) = below(text, share["name"].as_str().unwrap());
            let told = share["told"].as_u64().unwrap();
            assert_eq!(below.len() as u64, told, "{budget}: {text}");
            assert!(told == 0 || title.ends_with(&format!("{told} of {}:", share["of"])), "{budget}: {title}");
            lines += below.len();
        }
        assert_eq!(pack["told"].as_array().unwrap().len(), lines);
        let of: u64 = pack["sections"].as_array().unwrap().iter().map(|share| share["of"].as_u64().unwrap()).sum();
        assert!(of == 14 && (lines as u64) < of || most == 600, "{budget}: {lines} of {of}");
    }
    for budget in ["49", "2001"] {
        let output = home.quipu(&["context", "--budget", budget, "--json"]);
        let exit = output.code;
        assert_eq!((exit, &output.json()["code"]), (64, &json!("bad_limit")));
    }
}

#[test]
fn a_task_puts_what_is_near_to_it_first() {
    let home = filled();
    let first = |args: &[&str]| {
        let pack = home.json(&[&["context"], args].concat());
        let (_, lines) = below(pack["text"].as_str().unwrap(), "decisions");
        lines[0].to_owned()
    };
    assert!(first(&[]).contains("Moorings"), "the newest");
    let task = ["--task", "how many tables does the osprey cache keep?"];
    assert!(first(&task).contains("osprey cache"), "the nearest");
}

#[test]
fn a_session_that_starts_is_told_the_same() {
    let home = filled();
    let start = context(&Session::new(&home, "next", &home.work()).hook("SessionStart", &json!({})));
    let text = home.json(&["context"])["text"].as_str().unwrap().to_owned();
    for section in ["open work", "pinned", "decisions", "conventions and what not to do", "open threads", "other notes"]
    {
        let bare = |text: &str| {
            let (title, lines) = below(text, section);
            let texts: Vec<String> = lines.iter().map(|line| line.split_once(")").unwrap().1.to_owned()).collect();
            (title.to_owned(), texts)
        };
        assert_eq!(bare(&start), bare(&text), "{section}");
    }
    assert!(start.contains("last session was asked") && start.len() <= 9_000, "{start}");
    let mut shim = Shim::open(&home);
    let pack = shim.data("memory_context", &json!({}));
    let of = |value: &Value| value["sections"].clone();
    assert_eq!(of(&pack), of(&home.json(&["context"])));
}
