//! The clock that leases go by: it counts while the machine sleeps, nobody sets it, and it says which start it counts from.
//! It must not know what is measured by it.
//! Invariant: two moments of one start are in the order in which they were taken.

use std::sync::LazyLock;
use std::time::Instant;

use quipu_core::lease::{Boot, Moment};

/// Linux's own name of the machine's start (proc(5)).
const BOOT_ID: &str = "/proc/sys/kernel/random/boot_id";
/// Seconds since then by CLOCK_BOOTTIME, with two decimals (proc(5)); read so, for the standard library has no such clock.
const UPTIME: &str = "/proc/uptime";

/// Since when, where the machine does not say: this process's start. Another process is then another start, and gives grace.
static STARTED: LazyLock<(Instant, u128)> = LazyLock::new(|| (Instant::now(), uuid::Uuid::now_v7().as_u128()));
static BOOT: LazyLock<Option<u128>> = LazyLock::new(|| {
    uptime()?;
    let id = std::fs::read_to_string(BOOT_ID).ok()?;
    Some(uuid::Uuid::parse_str(id.trim()).ok()?.as_u128())
});

/// Now.
pub(crate) fn now() -> Moment {
    match (*BOOT, uptime()) {
        (Some(boot), Some(at)) => Moment { boot: Boot(boot), at },
        _ => {
            let at = u64::try_from(STARTED.0.elapsed().as_millis()).unwrap_or(u64::MAX);
            Moment { boot: Boot(STARTED.1), at }
        }
    }
}

fn uptime() -> Option<u64> {
    parse(&std::fs::read_to_string(UPTIME).ok()?)
}

/// Milliseconds of `350735.47 234388.90`.
fn parse(text: &str) -> Option<u64> {
    let (seconds, hundredths) = text.split_whitespace().next()?.split_once('.')?;
    Some(seconds.parse::<u64>().ok()? * 1_000 + hundredths.get(..2)?.parse::<u64>().ok()? * 10)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_goes_on_and_keeps_its_start() {
        for (text, expect) in [
            ("350735.47 234388.90\n", Some(350_735_470)),
            ("0.05 0", Some(50)),
            ("7", None),
            ("", None),
            ("x.00", None),
        ] {
            assert_eq!(parse(text), expect, "{text}");
        }
        let before = now();
        std::thread::sleep(std::time::Duration::from_millis(25));
        let after = now();
        assert!(before.boot == after.boot && after.at >= before.at + 10, "{before:?} {after:?}");
    }
}
