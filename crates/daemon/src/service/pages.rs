//! Long lists, page by page: one way to say how much and where to go on.
//! It must not know what is listed.
//! Invariant: a cursor is what an answer's `next` was; what it holds is nobody's business but the operation's.

use quipu_protocol::fault::{Fault, FaultKind};

/// How many, where `given` or not: from 1 to `most`.
pub(super) fn limit(given: Option<usize>, default: usize, most: usize) -> Result<usize, Fault> {
    match given {
        None => Ok(default),
        Some(limit) if (1..=most).contains(&limit) => Ok(limit),
        Some(limit) => Err(Fault::new(FaultKind::Caller, "bad_limit", format!("limit is {limit}"))
            .hint(format!("ask for 1 to {most}"))),
    }
}

/// The fault for a cursor that no answer has given.
pub(super) fn bad_cursor() -> Fault {
    Fault::new(FaultKind::Caller, "bad_cursor", "the cursor is none of this list's")
        .hint("give `next` of the answer before as it was, or leave `cursor` out to begin anew")
}

/// The first `limit` of what lies behind `cursor`, and the cursor of what lies behind those. `key` names an item for ever; an
/// item that has gone since its page was read is a cursor that has to be begun anew.
pub(super) fn page<T>(
    mut all: Vec<T>,
    cursor: Option<&str>,
    limit: usize,
    key: impl Fn(&T) -> String,
) -> Result<(Vec<T>, Option<String>), Fault> {
    if let Some(cursor) = cursor {
        let at = all.iter().position(|item| key(item) == cursor).ok_or_else(bad_cursor)?;
        all.drain(..=at);
    }
    let more = all.len() > limit;
    all.truncate(limit);
    let next = more.then(|| all.last().map(key)).flatten();
    Ok((all, next))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_hold_everything_once() {
        for limit in 1..8 {
            let (mut seen, mut cursor) = (Vec::new(), None);
            loop {
                let (items, next) =
                    page((0..6).collect(), cursor.as_deref(), limit, |n| format!("k{n}")).expect("a page");
                assert!(items.len() <= limit);
                seen.extend(items);
                match next {
                    Some(next) => cursor = Some(next),
                    None => break,
                }
            }
            assert_eq!(seen, [0, 1, 2, 3, 4, 5], "{limit}");
        }
        assert_eq!(page(vec![1], Some("elsewhere"), 1, |n| n.to_string()).expect_err("no cursor").code, "bad_cursor");
    }

    #[test]
    fn a_limit_is_within_its_range_or_a_fault() {
        for (given, expect) in
            [(None, Some(20)), (Some(0), None), (Some(1), Some(1)), (Some(50), Some(50)), (Some(51), None)]
        {
            assert_eq!(limit(given, 20, 50).ok(), expect, "{given:?}");
        }
    }
}
