//! Every wall, and every way a manifest can name a dependency.

use super::super::tests::expect;
use super::*;

#[test]
fn every_wall_holds_for_every_name_it_bans() {
    for wall in WALLS {
        let path = format!("crates/{}/Cargo.toml", wall.of);
        for banned in wall.not_on {
            let name = banned.replace('*', "agents");
            let text = format!("[dependencies]\nthiserror.workspace = true\n{name}.workspace = true\n");
            expect(check, &[(&path, &text)], &[&format!("{path}:3")]);
        }
    }
}

#[test]
fn what_a_wall_does_not_name_is_free() {
    let text = "[dependencies]\nserde_json.workspace = true\nquipu-core.workspace = true\n";
    expect(check, &[("crates/store/Cargo.toml", text), ("crates/agents/Cargo.toml", text)], &[]);
    let innocent =
        "[package]\nname = \"x\"\nkeywords = [\"tokio\"]\n[features]\ntokio = []\n[dependencies]\ntokio-util = \"1\"\n";
    expect(check, &[("crates/core/Cargo.toml", innocent)], &[]);
}

#[test]
fn a_dependency_is_found_however_it_is_written() {
    for text in [
        "[dependencies]\ntokio = \"1\"",
        "[dependencies]\ntokio = { version = \"1\" }",
        "[dependencies]\n\"tokio\" = \"1\"",
        "[dependencies]\nrt = { package = \"tokio\", version = \"1\" }",
        "[dev-dependencies]\ntokio.workspace = true",
        "[build-dependencies]\ntokio.workspace = true",
        "[target.'cfg(unix)'.dependencies]\ntokio = \"1\"",
        "[dependencies.tokio]\nversion = \"1\"",
        "[dependencies.rt]\npackage = \"tokio\"",
    ] {
        let at = if text.starts_with("[dependencies.tokio]") { 1 } else { 2 };
        expect(check, &[("crates/core/Cargo.toml", text)], &[&format!("crates/core/Cargo.toml:{at}")]);
    }
    expect(check, &[("crates/core/Cargo.toml", "[dependencies]\n# tokio = \"1\"\n")], &[]);
}
