//! Tokens of keys, hashes and signed tokens, each with its label.
//! Knows no real one.
//! Invariant: put together at run time, so that scanners leave this file alone.

use super::{alnum, base58, noise, upper};

pub(super) fn tokens() -> Vec<(&'static str, String)> {
    vec![
        ("jwt", format!("{}J{}.{}J{}.{}", "ey", alnum(34), "ey", alnum(60), alnum(43))),
        ("jwt", format!("{}J{}..{}.{}.{}", "ey", alnum(34), alnum(16), alnum(60), alnum(22))),
        ("age-secret-key", format!("{}-SECRET-KEY-1{}", "AGE", upper(58))),
        ("private-key", format!("{}0tLS1CRUdJTiBSU0EgUFJJ{}", "LS", alnum(200))),
        ("minisign-secret-key", format!("{}TY0Iy{}", "RWR", alnum(200))),
        ("wallet-key", format!("{}rv{}", "xp", base58(107))),
        ("nostr-secret-key", format!("{}ec1{}", "ns", noise("023456789acdefghjklmnpqrstuvwxyz", 58))),
        ("password-hash", format!("{}b$12${}", "$2", alnum(53))),
        ("password-hash", format!("{}6${}${}", "$", alnum(16), alnum(86))),
        ("password-hash", format!("{}n2id$v=19$m=65536,t=3,p=4${}${}", "$argo", alnum(22), alnum(43))),
        ("password-hash", format!("{}M-SHA-256$4096:{}${}:{}", "SCRA", alnum(24), alnum(44), alnum(44))),
        ("paseto", format!("{}4.local.{}", "v", alnum(120))),
        ("paserk", format!("{}4.secret.{}", "k", alnum(86))),
    ]
}
