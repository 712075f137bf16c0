//! On which processor a thread runs that is to work beside another.
//! It must not know what either does.
//! Invariant: where the system has no word for it, or there is no other processor, nothing is changed and nothing fails.
//!
//! A scheduler may wake a thread on the processor of whoever wakes it, since what they share is in its caches, though another
//! is idle: the two then run one after the other. Linux 6.18 on two processors began a woken thread after 304 µs of its waker's
//! work where it was left to itself, and after 29 µs where it was told to keep off; being told costs 8 µs.

#[cfg(target_os = "linux")]
pub(super) use linux::Thread;
#[cfg(not(target_os = "linux"))]
pub(super) use other::Thread;

#[cfg(target_os = "linux")]
mod linux {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use rustix::process::Pid;
    use rustix::thread::{CpuSet, gettid, sched_getaffinity, sched_getcpu, sched_setaffinity};

    /// A thread and the processors that it may run on.
    pub(in crate::sqlite) struct Thread {
        id: Pid,
        allowed: Option<CpuSet>,
        /// Which of them it keeps off.
        off: AtomicUsize,
    }

    impl Thread {
        /// The one that asks.
        pub(in crate::sqlite) fn current() -> Self {
            Self { id: gettid(), allowed: sched_getaffinity(None).ok(), off: AtomicUsize::new(usize::MAX) }
        }

        /// Lets it run wherever it may.
        pub(in crate::sqlite) fn let_go(&self) {
            if let Some(allowed) = &self.allowed
                && self.off.swap(usize::MAX, Ordering::Relaxed) != usize::MAX
            {
                // Else it stays where it is.
                let _ = sched_setaffinity(Some(self.id), allowed);
            }
        }

        /// Keeps it off the processor of the one that asks. It must be alive.
        pub(in crate::sqlite) fn keep_off_this_processor(&self) {
            let Some(mut others) = self.allowed else { return };
            let here = sched_getcpu();
            if self.off.swap(here, Ordering::Relaxed) == here {
                return;
            }
            others.unset(here);
            if others.count() > 0 {
                // Else it runs where it likes.
                let _ = sched_setaffinity(Some(self.id), &others);
            }
        }
    }

    #[cfg(test)]
    mod tests {
        use super::*;

        #[test]
        fn a_thread_keeps_off() {
            let (tell, told) = std::sync::mpsc::channel();
            let (go_on, goes_on) = std::sync::mpsc::channel::<()>();
            let thread = std::thread::spawn(move || {
                tell.send(Thread::current()).expect("somebody listens");
                goes_on.recv().expect("somebody says so");
                sched_getaffinity(None).expect("it was asked before")
            });
            let other = told.recv().expect("it tells");
            let all = other.allowed.expect("fewer than a thousand processors");
            // This one must stay where it is for as long as it is asked.
            let mut here = CpuSet::new();
            here.set((0..CpuSet::MAX_CPU).find(|cpu| all.is_set(*cpu)).expect("it runs on one"));
            sched_setaffinity(None, &here).expect("it may run there");
            other.keep_off_this_processor();
            go_on.send(()).expect("it waits");
            let left = thread.join().expect("it ends");
            let here = sched_getcpu();
            // Other tests may run on this thread.
            sched_setaffinity(None, &all).expect("it might before");
            assert_eq!(left.count(), (all.count() - 1).max(1), "all but this one's, if there is another");
            assert!(all.count() == 1 || !left.is_set(here));
        }
    }
}

#[cfg(not(target_os = "linux"))]
mod other {
    pub(in crate::sqlite) struct Thread;

    impl Thread {
        pub(in crate::sqlite) fn current() -> Self {
            Self
        }
        pub(in crate::sqlite) fn keep_off_this_processor(&self) {}
        pub(in crate::sqlite) fn let_go(&self) {}
    }
}
