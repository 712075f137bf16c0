//! Which of two versions is the newer one.
//! It must not know where versions come from.
//! Invariant: what cannot be read is not newer than anything, so nobody steps aside for it.

/// Whether version `a` is newer than `b`: by their numbers; a release is newer than what led to it (`1.2.0-rc.1`).
pub fn is_newer(a: &str, b: &str) -> bool {
    match (parse(a), parse(b)) {
        (Some(a), Some(b)) => a > b,
        _ => false,
    }
}

/// Numbers, whether it is a release, and what it is called before that; in the order in which they are compared.
type Parsed<'a> = ([u64; 3], bool, Vec<(u64, &'a str)>);

fn parse(version: &str) -> Option<Parsed<'_>> {
    let version = version.split('+').next()?;
    let (numbers, before) = version.split_once('-').map_or((version, ""), |(numbers, before)| (numbers, before));
    let mut parts = numbers.split('.').map(|part| part.parse::<u64>().ok());
    let numbers = [parts.next()??, parts.next()??, parts.next()??];
    let before = before.split('.').filter(|part| !part.is_empty());
    // Numbers come before words, and by their value.
    let before = before.map(|part| part.parse().map_or((u64::MAX, part), |number| (number, "")));
    let names: Vec<(u64, &str)> = before.collect();
    parts.next().is_none().then_some((numbers, names.is_empty(), names))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn newer_is_newer_and_nonsense_is_not() {
        for (a, b, newer) in [
            ("0.2.0", "0.1.9", true),
            ("0.1.10", "0.1.9", true),
            ("0.1.9", "0.1.10", false),
            ("1.0.0", "1.0.0", false),
            ("1.0.0", "1.0.0-rc.1", true),
            ("1.0.0-rc.2", "1.0.0-rc.1", true),
            ("1.0.0-rc.10", "1.0.0-rc.9", true),
            ("1.0.0-rc.1", "1.0.0", false),
            ("2.0.0+linux", "1.9.9", true),
            ("nonsense", "0.0.1", false),
            ("1.0", "0.0.1", false),
            ("1.0.0.0", "0.0.1", false),
        ] {
            assert_eq!(is_newer(a, b), newer, "{a} {b}");
        }
    }
}
