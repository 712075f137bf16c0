//! A mirror's files carry where work stands and what is linked, and an edit of either is one of the memory.
//! It must not know how a look works.
//! Invariant: a file that does not mention links takes none away.

use serde_json::json;

use crate::mirror::World;

#[test]
fn work_and_links_are_edited_in_files() {
    let world = World::new();
    let first = world.save("Bring sand.", &["--kind", "work_item", "--title", "Sand"]);
    let then = world.save("Spread it.", &["--kind", "work_item", "--title", "Spread"]);
    let plain = world.save("Terns nest.", &["--title", "Terns"]);
    world.home.json(&["link", &then, "blocked_by", &first]);
    world.add();
    let text = |id: &str| std::fs::read_to_string(world.file(id)).unwrap();
    let front = |id: &str| text(id).split("---\n").nth(1).unwrap().to_owned();
    assert!(front(&then).contains(&format!("status: blocked\nlinks:\n  - blocked_by {first}\n")), "{}", front(&then));
    assert!(front(&first).contains("status: planned\n") && !front(&first).contains("links"), "{}", front(&first));
    assert!(!front(&plain).contains("status") && !front(&plain).contains("links"), "{}", front(&plain));

    // Somebody begins the one, and says what the other has to do with it.
    let begun =
        text(&first).replace("status: planned\n", "status: active\npriority: high\ndue: 2031-05-01T10:00:00Z\n");
    std::fs::write(world.file(&first), begun).unwrap();
    let tied = text(&plain).replacen("\n---\n", &format!("\nlinks: [relates_to {first}]\n---\n"), 1);
    std::fs::write(world.file(&plain), tied).unwrap();
    world.does("in_step, 2 taken");
    let shown = world.show(&first);
    assert_eq!((&shown["work"]["status"], &shown["work"]["priority"]), (&json!("active"), &json!("high")), "{shown:#}");
    assert!(shown["work"]["due_at"].is_i64(), "{shown:#}");
    assert!(shown["links"].to_string().contains("relates_to"), "{shown:#}");

    // It is done: what it blocked goes on, and says so in its file.
    std::fs::write(world.file(&first), text(&first).replace("status: active", "status: done")).unwrap();
    world.does("in_step, 1 taken");
    world.does("in_step, 1 written");
    assert!(front(&then).contains("status: planned\n"), "{}", front(&then));

    // Without the key nothing is taken away; out of the list it is.
    let without: String = text(&then)
        .lines()
        .filter(|l| !l.contains("links:") && !l.contains("  - "))
        .map(|l| format!("{l}\n"))
        .collect();
    std::fs::write(world.file(&then), without.replace("Spread it.", "Spread it thin.")).unwrap();
    world.does("in_step, 1 taken");
    assert!(world.show(&then)["links"].to_string().contains("blocked_by"));
    let other = text(&plain).replace(&format!("relates_to {first}"), &format!("depends_on {then}"));
    std::fs::write(world.file(&plain), other).unwrap();
    world.does("in_step, 1 taken");
    let links = world.show(&plain)["links"].to_string();
    assert!(links.contains("depends_on") && !links.contains("relates_to"), "{links}");

    // A line that is no link is told, and takes none away.
    let odd =
        text(&plain).replace(&format!("depends_on {then}"), "loves 7").replace("Terns nest.", "Terns nest there.");
    std::fs::write(world.file(&plain), odd).unwrap();
    world.does("in_step, 1 taken");
    assert!(world.show(&plain)["links"].to_string().contains("depends_on"));
}
