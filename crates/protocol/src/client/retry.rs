//! When a request is tried again and after how long: bounded exponential back-off with jitter, within the deadline.
//! It must not know what was asked, nor how a daemon is started; hooks never come here, they have one try.
//! Invariant: only what may be repeated is, never past the deadline, and never for ever.

use std::time::Duration;

use super::{ClientError, Request};
use crate::deadline::Deadline;

/// The first pause is about so long; each one is twice the one before.
const FIRST: Duration = Duration::from_millis(20);
/// No pause is longer.
const LONGEST: Duration = Duration::from_secs(2);
/// So many pauses after a connection that broke or was not there: a request that ends each daemon must not end them all.
const AFTER_A_BREAK: u32 = 8;
/// So many after answers that asked to come again.
const AFTER_BUSY: u32 = 16;

/// Pause number `n`, from 0, by a number that chance gives: between half of what the doubling says and all of it, so
/// that those who were refused together do not come back together.
pub fn pause(n: u32, chance: u32) -> Duration {
    let whole = FIRST.saturating_mul(1u32.checked_shl(n).unwrap_or(u32::MAX)).min(LONGEST);
    whole / 2 + (whole / 2).mul_f64(f64::from(chance) / f64::from(u32::MAX))
}

/// A number that no other process has: the random bits of a new id.
pub fn chance() -> u32 {
    // The low half of the id's last 62 bits, all of them from the system's own source.
    crate::new_event_id().0.as_u128() as u32
}

/// The tries of one request.
#[derive(Debug, Default)]
pub struct Tries {
    breaks: u32,
    busy: u32,
}

impl Tries {
    /// How long to wait before the next try after `error`, by `chance`; none when there is to be no other.
    pub fn next(&mut self, error: &ClientError, deadline: Deadline, chance: u32) -> Option<Duration> {
        let (n, most, asked) = match error {
            ClientError::Absent(_) | ClientError::Broken(_) => (&mut self.breaks, AFTER_A_BREAK, Duration::ZERO),
            ClientError::Fault(fault) => {
                let asked = Duration::from_millis(fault.retry_after_ms?);
                // Others were told the same: half of it more, by chance.
                (&mut self.busy, AFTER_BUSY, asked + (asked / 2).mul_f64(f64::from(chance) / f64::from(u32::MAX)))
            }
            // The deadline has passed, and the daemon may be at it still.
            ClientError::TimedOut => return None,
        };
        let wait = pause(*n, chance).max(asked);
        *n += 1;
        (*n <= most && wait < deadline.left()).then_some(wait)
    }
}

/// Runs `attempt` until it succeeds, fails for good, or no time is left; once, where `request` may not be repeated: one
/// that may reads only, or is a write with an id.
///
/// # Errors
/// That of the last attempt.
pub fn patiently<T>(
    request: &Request<'_>,
    deadline: Deadline,
    mut attempt: impl FnMut() -> Result<T, ClientError>,
) -> Result<T, ClientError> {
    let mut tries = Tries::default();
    loop {
        let error = match attempt() {
            Ok(answer) => return Ok(answer),
            Err(error) => error,
        };
        match tries.next(&error, deadline, chance()).filter(|_| request.is_repeatable()) {
            Some(wait) => std::thread::sleep(wait),
            None => return Err(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fault::{Fault, FaultKind};

    const CHANCES: [u32; 5] = [0, 1, u32::MAX / 3, u32::MAX - 1, u32::MAX];

    #[test]
    fn pauses_double_up_to_the_longest_and_chance_moves_them_by_half() {
        for n in 0..70 {
            let (least, most) = (pause(n, 0), pause(n, u32::MAX));
            assert_eq!(least * 2, most, "pause {n}");
            assert!(most <= LONGEST && least >= FIRST / 2, "pause {n}: {least:?} to {most:?}");
            assert!(pause(n + 1, 0) >= least && pause(n + 1, u32::MAX) >= most, "pause {n} is not outgrown");
            assert!(CHANCES.windows(2).all(|two| pause(n, two[0]) <= pause(n, two[1])));
        }
        assert_eq!((pause(0, u32::MAX), pause(3, u32::MAX), pause(40, u32::MAX)), (FIRST, FIRST * 8, LONGEST));
    }

    /// Pauses given for one error again and again.
    fn given(error: &ClientError, left: Duration) -> Vec<Duration> {
        let (mut tries, deadline) = (Tries::default(), Deadline::within(left));
        std::iter::from_fn(|| tries.next(error, deadline, 0)).collect()
    }

    #[test]
    fn what_may_pass_is_tried_again_and_nothing_else() {
        let far = Duration::from_secs(3_600);
        let busy = |ms| ClientError::Fault(Fault::new(FaultKind::Busy, "busy", "full").retry_after(ms));
        let fault = |kind| ClientError::Fault(Fault::new(kind, "no", "no"));
        let long = Duration::from_secs(9);
        assert_eq!(given(&ClientError::Absent("/s".into()), far).len(), AFTER_A_BREAK as usize);
        assert_eq!(given(&ClientError::Broken("cut".into()), far).len(), AFTER_A_BREAK as usize);
        assert_eq!(given(&busy(Duration::ZERO), far).len(), AFTER_BUSY as usize);
        assert!(given(&busy(long), far).iter().all(|wait| *wait >= long), "what was asked for is waited");
        for last in [ClientError::TimedOut, fault(FaultKind::Busy), fault(FaultKind::Caller)] {
            assert_eq!(given(&last, far), []);
        }
        assert_eq!(given(&busy(long), long), [], "a try after the deadline is none");
    }

    #[test]
    fn attempts_end_with_the_first_answer_or_the_last_error() {
        let tried = |request: Request<'_>, outcomes: &[Option<ClientError>]| {
            let mut made = 0;
            let answer = patiently(&request, Deadline::within(Duration::from_secs(60)), || {
                made += 1;
                match &outcomes[(made - 1).min(outcomes.len() - 1)] {
                    Some(ClientError::Broken(why)) => Err(ClientError::Broken(why.clone())),
                    Some(_) => Err(ClientError::TimedOut),
                    None => Ok(()),
                }
            });
            (made, answer.is_ok())
        };
        let broken = || Some(ClientError::Broken("cut".into()));
        let write = || Request::post("/v1/memories", &());
        assert_eq!(tried(Request::get("/v1/stats"), &[broken(), broken(), None]), (3, true));
        assert_eq!(tried(write().reads(), &[broken(), None]), (2, true));
        assert_eq!(tried(write().event(crate::new_event_id()), &[broken(), None]), (2, true));
        assert_eq!(tried(write(), &[broken(), None]), (1, false), "it may have happened");
        assert_eq!(tried(Request::get("/v1/stats"), &[Some(ClientError::TimedOut), None]), (1, false));
        assert_eq!(tried(Request::get("/v1/stats"), &[broken()]), (AFTER_A_BREAK as usize + 1, false));
    }

    #[test]
    fn chance_differs() {
        let seen: std::collections::HashSet<u32> = (0..64).map(|_| chance()).collect();
        assert!(seen.len() > 60, "{seen:?}");
    }
}
