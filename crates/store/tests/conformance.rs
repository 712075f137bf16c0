//! What every engine must do, whichever database is behind it: the suite asks `dyn Engine` only.
//! It must not know SQL; files of an engine are touched in `files`, `fence` and `disk` alone.
//! Invariant: a new engine is a row of `world::ENGINES`, and no test changes for it.
#![allow(clippy::unwrap_used, reason = "tests")]

mod conformance {
    mod close;
    mod context;
    mod crash;
    mod disk;
    mod events;
    mod fence;
    mod files;
    mod filters;
    mod hooks;
    mod lanes;
    mod load;
    mod model;
    mod notes;
    mod projects;
    mod queries;
    mod random;
    mod ranking;
    mod sessions;
    mod tape;
    mod timeline;
    mod turns;
    mod walk;
    mod world;
}
