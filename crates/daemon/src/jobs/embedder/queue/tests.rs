//! The order in which texts are taken, the bounds, and the time that is over.

use std::time::Duration;

use super::*;

/// `count` texts that say whose they are.
fn texts(name: &str, count: usize) -> Vec<String> {
    (0..count).map(|n| format!("{name}{n}")).collect()
}

struct World {
    queue: Queue,
    now: Instant,
}

impl World {
    fn new() -> Self {
        Self { queue: Queue::default(), now: Instant::now() }
    }
    fn admit(&mut self, name: &str, count: usize, priority: Priority) -> Result<u64, Refused> {
        let deadline = self.now + Duration::from_secs(10);
        self.queue.admit(texts(name, count), EmbedKind::Passage, priority, deadline)
    }
    /// Takes a slice, answers it with numbers that tell each text, and gives its texts.
    fn step(&mut self) -> Vec<String> {
        let Some(slice) = self.queue.slice(self.now) else { return Vec::new() };
        let taken: Vec<String> = slice.texts().map(|text| text.text.to_owned()).collect();
        assert_eq!(taken.len(), slice.len());
        self.queue.put(&slice, taken.iter().map(|text| Some(vec![number(text)])).collect());
        taken
    }
}

fn number(text: &str) -> f32 {
    text.trim_start_matches(|c: char| !c.is_ascii_digit()).parse().expect("a number at the end")
}

#[test]
fn each_gets_its_own_vectors_in_their_order() {
    let mut world = World::new();
    let sizes = [1, 100, 0, 33, 32];
    let ids = sizes.map(|size| world.admit("t", size, Priority::Interactive).expect("admitted"));
    assert_eq!(world.queue.waiting(Priority::Interactive), 166);
    while !world.step().is_empty() {}
    for (id, size) in ids.into_iter().zip(sizes) {
        let vectors = world.queue.outcome(id).expect("settled").expect("well");
        let numbers: Vec<f32> = vectors.into_iter().map(|v| v.expect("a vector")[0]).collect();
        assert_eq!(numbers, (0..size).map(|n| n as f32).collect::<Vec<_>>(), "{size} texts");
        assert!(world.queue.outcome(id).is_none(), "given once");
    }
}

#[test]
fn small_requests_share_a_slice_and_a_large_one_does_not_hold_them_up() {
    let mut world = World::new();
    world.admit("large", 500, Priority::Bulk).expect("admitted");
    assert_eq!(world.step().len(), SLICE_TEXTS);
    for name in ["a", "b", "c"] {
        world.admit(name, 2, Priority::Bulk).expect("admitted");
    }
    // One slice is the large one's turn still, then the small ones together, with room left over for it.
    world.step();
    let next = world.step();
    let small = |name: &str| next.iter().filter(|text| text.starts_with(name)).count();
    assert_eq!((small("a"), small("b"), small("c"), next.len()), (2, 2, 2, SLICE_TEXTS), "{next:?}");
}

#[test]
fn interactive_texts_wait_behind_one_slice_of_bulk_and_bulk_is_not_starved() {
    let mut world = World::new();
    world.admit("bulk", 5_000, Priority::Bulk).expect("admitted");
    world.step();
    world.admit("now", 5_000, Priority::Interactive).expect("admitted");
    let taken: Vec<bool> = (0..40).map(|_| world.step()[0].starts_with("bulk")).collect();
    assert!(!taken[0], "the next slice is for who waits");
    assert!(taken.windows(2).all(|two| two != [true, true]), "{taken:?}");
    let bulk = taken.iter().filter(|bulk| **bulk).count();
    assert!((3..=6).contains(&bulk), "{bulk} of 40: {taken:?}");
}

#[test]
fn long_texts_make_short_slices() {
    let mut world = World::new();
    let deadline = world.now + Duration::from_secs(1);
    let long = vec!["x1 ".repeat(SLICE_BYTES / 2); 5];
    world.queue.admit(long, EmbedKind::Passage, Priority::Bulk, deadline).expect("admitted");
    for _ in 0..5 {
        assert_eq!(world.queue.slice(world.now).expect("a slice").len(), 1, "a text is never cut");
    }
    assert!(world.queue.slice(world.now).is_none());
}

#[test]
fn both_lanes_are_bounded_apart() {
    let mut world = World::new();
    for (priority, most) in [(Priority::Interactive, MOST[0]), (Priority::Bulk, MOST[1])] {
        let ids: Vec<u64> = (0..most).map(|_| world.admit("t", 1, priority).expect("admitted")).collect();
        assert_eq!(world.admit("t", 1, priority), Err(Refused::Full(most)));
        world.queue.leave(ids[0]);
        assert!(world.admit("t", 1, priority).is_ok(), "who has left makes room");
    }
}

#[test]
fn who_has_left_or_run_out_of_time_is_not_worked_for() {
    let mut world = World::new();
    let soon = world.now + Duration::from_millis(5);
    let late = world.queue.admit(texts("late", 3), EmbedKind::Query, Priority::Interactive, soon).expect("admitted");
    let gone = world.admit("gone", 3, Priority::Interactive).expect("admitted");
    world.admit("here", 3, Priority::Interactive).expect("admitted");
    world.queue.leave(gone);
    world.now = soon;
    assert_eq!(world.step(), texts("here", 3));
    assert!(world.step().is_empty());
    assert!(world.queue.outcome(late).is_none(), "its caller knows the time");
    // Leaving in the middle of a slice disturbs nobody else's vectors.
    let [a, b] = ["a", "b"].map(|name| world.admit(name, 2, Priority::Bulk).expect("admitted"));
    let slice = world.queue.slice(world.now).expect("a slice");
    world.queue.leave(a);
    world.queue.put(&slice, (0..4).map(|n| Some(vec![n as f32])).collect());
    assert_eq!(world.queue.outcome(b), Some(Ok(vec![Some(vec![2.0]), Some(vec![3.0])])));
}

#[test]
fn what_fails_is_told_and_what_is_whole_stays_whole() {
    let mut world = World::new();
    let whole = world.admit("t", 2, Priority::Bulk).expect("admitted");
    world.step();
    let cut = world.admit("t", 2 * SLICE_TEXTS, Priority::Bulk).expect("admitted");
    world.step();
    let other = world.admit("t", 1, Priority::Interactive).expect("admitted");
    world.queue.fail(Priority::Bulk, &Refused::Draining);
    assert!(world.queue.outcome(whole).is_some_and(|outcome| outcome.is_ok()));
    assert_eq!(world.queue.outcome(cut), Some(Err(Refused::Draining)));
    let slice = world.queue.slice(world.now).expect("the other's");
    world.queue.fail_slice(&slice, &Refused::Failed("why".into()));
    assert_eq!(world.queue.outcome(other), Some(Err(Refused::Failed("why".into()))));
    assert_eq!((world.queue.waiting(Priority::Bulk), world.queue.waiting(Priority::Interactive)), (0, 0));
}
