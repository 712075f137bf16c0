//! Wire types: what travels as JSON between clients and the daemon.
//! It must not know the store's or core's types: they are turned into these at the door.
//! Invariant: fields are only added; a client ignores what it does not know.

pub mod context;
pub mod daemon;
pub mod embed;
pub mod events;
pub mod feed;
pub mod forget;
pub mod import;
pub mod ledger;
pub mod mail;
pub mod memory;
pub mod mirror;
pub mod places;
pub mod records;
pub mod repair;
pub mod search;
pub mod together;
pub mod work;
