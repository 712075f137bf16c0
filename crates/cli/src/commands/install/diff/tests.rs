//! Diffs of small texts to the letter, and of random ones by putting them together again.

use super::*;

fn check(before: &str, after: &str, expect: &str) {
    let shown: Vec<String> = diff(before, after).iter().map(Line::marked).collect();
    assert_eq!(shown.join("\n"), expect);
}

#[test]
fn small_ones_to_the_letter() {
    check("a\n", "a\n", "");
    check("a\n", "b\n", "@@ -1,1 +1,1 @@\n-a\n+b");
    check("", "a\nb\n", "@@ -0,0 +1,2 @@\n+a\n+b");
    check("a\n", "", "@@ -1,1 +0,0 @@\n-a");
    check("a", "a\n", "@@ -1,1 +1,1 @@\n-a\n\\ No newline at end of file\n+a");
    check("a\r\nb\r\n", "a\r\nc\r\n", "@@ -1,2 +1,2 @@\n a\n-b\n+c");
    check("1\n2\n3\n4\n5\n6\n", "1\n2\n3\n4\nx\n6\n", "@@ -2,5 +2,5 @@\n 2\n 3\n 4\n-5\n+x\n 6");
    check("a\nb\nc\n", "a\nx\nb\nc\ny\n", "@@ -1,3 +1,5 @@\n a\n+x\n b\n c\n+y");
}

#[test]
fn far_changes_are_apart() {
    let before: String = (0..40).map(|n| format!("{n}\n")).collect();
    let after = before.replace("\n5\n", "\nfive\n").replace("\n35\n", "\n");
    let shown = diff(&before, &after);
    let places: Vec<&str> = shown.iter().filter(|l| l.mark == Mark::Place).map(|l| l.text.as_str()).collect();
    assert_eq!(places, ["@@ -3,7 +3,7 @@", "@@ -33,7 +33,6 @@"]);
}

#[test]
fn long_lines_show_where_they_differ() {
    let (before, after) =
        (format!("{}\n", "x".repeat(5_000)), format!("{}here{}\n", "x".repeat(3_000), "x".repeat(2_000)));
    let shown = diff(&before, &after);
    assert!(shown.iter().all(|line| line.text.chars().count() <= LONG + 2), "{shown:?}");
    assert!(shown[2].text.starts_with('…') && shown[2].text.contains("xhere"), "{shown:?}");
}

#[test]
fn a_diff_holds_both_texts() {
    let mut seed = 1u64;
    let mut roll = |sides: u64| {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (seed >> 33) % sides
    };
    for _ in 0..2_000 {
        let (length, letters) = (roll(14), 1 + roll(4));
        let old: Vec<String> = (0..length).map(|_| format!("{}\n", roll(letters))).collect();
        let new: Vec<String> = (0..roll(14)).map(|_| format!("{}\n", roll(letters))).collect();
        let (old, new): (Vec<&str>, Vec<&str>) =
            (old.iter().map(String::as_str).collect(), new.iter().map(String::as_str).collect());
        let steps = steps(&old, &new);
        let side = |not: Mark| steps.iter().filter(|(mark, _)| *mark != not).map(|(_, l)| *l).collect::<Vec<_>>();
        assert_eq!((side(Mark::In), side(Mark::Out)), (old, new));
    }
}

#[test]
fn too_many_changes_are_shown_whole() {
    let text = |from: u32| (from..from + 5_000).map(|n| format!("{n}\n")).collect::<String>();
    let shown = diff(&text(0), &text(10_000));
    assert_eq!(shown.iter().filter(|line| line.mark == Mark::In).count(), 5_000);
}
