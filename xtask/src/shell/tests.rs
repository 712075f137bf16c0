//! Real programs, as the chores run them.

use super::*;

fn sh(script: &str) -> Command {
    let mut command = Command::new("sh");
    command.args(["-c", script]);
    command
}

#[test]
fn a_failure_names_the_command_and_its_status() {
    assert_eq!(stream(&mut sh("exit 0")), Ok(()));
    let why = stream(&mut sh("exit 3")).unwrap_err();
    assert!(why.contains("sh -c exit 3") && why.contains('3'), "{why}");
}

#[test]
fn a_missing_program_is_an_answer_not_a_panic() {
    assert!(!answers(&mut Command::new("no-such-program-of-quipu")));
    assert!(stream(&mut Command::new("no-such-program-of-quipu")).unwrap_err().starts_with("cannot run"));
    assert!(!in_path("no-such-program-of-quipu"));
    assert!(in_path("sh"));
}

#[test]
fn stdin_is_empty_so_nothing_can_wait_for_an_answer() {
    assert_eq!(stream(&mut sh("! read line")), Ok(()));
}

#[test]
fn a_slow_program_is_ended_at_its_limit() {
    let started = Instant::now();
    let why = within(Duration::from_millis(200), &mut sh("exec sleep 30")).unwrap_err();
    assert!(why.contains("took longer"), "{why}");
    assert!(started.elapsed() < Duration::from_secs(10));
    assert_eq!(within(Duration::from_secs(10), &mut sh("exit 0")), Ok(()));
}

#[test]
fn arguments_nobody_reads_are_refused() {
    assert_eq!(no_arguments(&[]), Ok(()));
    assert!(no_arguments(&["--fast".to_owned()]).unwrap_err().contains("--fast"));
}
