//! Names, numbers and reasons.

use super::super::tests::expect;
use super::*;

const WHY: &str = "-- why: memories need a home\n-- the statements\n";

/// Checks files of one migrations folder, by name.
fn one_folder(names: &[&str], text: &str, at: &[&str]) {
    let paths: Vec<String> = names.iter().map(|name| format!("crates/store/migrations/{name}")).collect();
    let list: String = names.iter().map(|name| format!("include_str!(\"migrations/{name}\"),\n")).collect();
    let mut files: Vec<(&str, &str)> = paths.iter().map(|path| (path.as_str(), text)).collect();
    files.push(("crates/store/src/migrate.rs", &list));
    let at: Vec<String> = at.iter().map(|name| format!("crates/store/migrations/{name}:1")).collect();
    expect(check, &files, &at.iter().map(String::as_str).collect::<Vec<_>>());
}

#[test]
fn a_list_without_holes_is_fine_in_any_order() {
    one_folder(&["0002_add_lease.sql", "0001_create_memory.sql", "0003_drop_old_index.sql"], WHY, &[]);
}

#[test]
fn the_first_wrong_number_is_named() {
    one_folder(&["0002_add_lease.sql"], WHY, &["0002_add_lease.sql"]);
    one_folder(&["0001_add_a.sql", "0003_add_b.sql", "0004_add_c.sql"], WHY, &["0003_add_b.sql"]);
    one_folder(&["0001_add_a.sql", "0001_add_b.sql"], WHY, &["0001_add_b.sql"]);
}

#[test]
fn a_name_is_a_number_a_verb_and_a_noun() {
    for name in ["1_add_x.sql", "0001.sql", "0001_add.sql", "0001_Add_x.sql", "0001-add-x.sql", "0001_add__x.sql"] {
        one_folder(&[name], WHY, &[name]);
    }
}

#[test]
fn the_first_line_says_why() {
    for text in ["-- the statements\n", "-- why:\n", "\n-- why: too late\n", ""] {
        one_folder(&["0001_add_x.sql"], text, &["0001_add_x.sql"]);
    }
}

#[test]
fn folders_are_lists_of_their_own_and_queries_none() {
    let list = ("a/src/list.rs", "include_str!(\"../migrations/0001_add_x.sql\")");
    let twins = [("a/migrations/0001_add_x.sql", WHY), ("b/migrations/0001_add_x.sql", WHY)];
    expect(check, &[list, twins[0], twins[1], ("a/recall.sql", "")], &[]);
}

#[test]
fn a_migration_nobody_includes_is_shipped_by_nobody() {
    let file = ("a/migrations/0001_add_x.sql", WHY);
    let mentioned = ("a/src/list.rs", "// 0001_add_x.sql\n\"0002_add_y.sql\"");
    expect(check, &[file, mentioned], &["a/migrations/0001_add_x.sql:1"]);
}

#[test]
fn nothing_is_made_twice_unless_it_went_in_between() {
    let first = "-- why: x\n+table a (b);\n+index c on a (b);\n+view v as select 1;\n";
    let list = (
        "x/src/list.rs",
        "include_str!(\"../migrations/0001_add_x.sql\")\ninclude_str!(\"../migrations/0002_add_y.sql\")",
    );
    // Written short, or these lines would be taken for SQL.
    let long =
        |text: &str| format!("-- why: y\n{text}").replace('+', "create ").replace('~', "alter").replace('!', "drop ");
    for (second, at) in [
        ("+index d on a (b);\n", &[][..]),
        ("+index c on a (b);\n", &["x/migrations/0002_add_y.sql:2"]),
        ("+unique index c on a (b);\n", &["x/migrations/0002_add_y.sql:2"]),
        ("!view v;\n+view v as select 2;\n", &[]),
        ("+view v as select 2;\n!view v;\n", &["x/migrations/0002_add_y.sql:2"]),
        ("+table n (b);\n+table N (b);\n", &["x/migrations/0002_add_y.sql:3"]),
        ("~ table a rename to old;\n+table a (c);\n", &[]),
        ("~ table a add column e;\n+table a (c);\n", &["x/migrations/0002_add_y.sql:3"]),
        ("-- +index c, as it was\n", &[]),
    ] {
        let (first, second) = (long(first), long(second));
        expect(check, &[list, ("x/migrations/0001_add_x.sql", &first), ("x/migrations/0002_add_y.sql", &second)], at);
    }
}
