//! Tokens of chat, mail and social services, each with its label.
//! Knows no real one.
//! Invariant: put together at run time, so that scanners leave this file alone.

use super::{alnum, hex, lower, upper};

pub(super) fn tokens() -> Vec<(&'static str, String)> {
    vec![
        ("slack-token", format!("{}b-{}-{}-{}", "xox", "123456789012", "1234567890123", alnum(24))),
        ("slack-token", format!("{}p-{}-{}", "xox", "123456789012", hex(32))),
        ("slack-token", format!("{}p-1-A{}-{}-{}", "xap", upper(10), "1234567890", hex(64))),
        ("sendgrid-api-key", format!("{}G.{}.{}", "S", alnum(22), alnum(43))),
        ("telegram-bot-token", format!("{}:{}A{}", "1234567890", "A", alnum(33))),
        ("discord-token", format!("{}{}.{}.{}", "MT", alnum(24), alnum(6), alnum(38))),
        ("brevo-api-key", format!("{}sib-{}", "xkey", hex(64))),
        ("mailgun-api-key", format!("{}y-{}", "ke", hex(32))),
        ("resend-api-key", format!("{}e_{}_{}", "r", alnum(8), alnum(24))),
        ("mailersend-token", format!("{}sn.{}", "ml", hex(64))),
        ("mailchimp-api-key", format!("{}-us{}", hex(32), 14)),
        ("facebook-token", format!("{}AC{}", "EA", alnum(160))),
        ("x-bearer-token", format!("{}{}", "A".repeat(22), alnum(80))),
        ("ntfy-token", format!("{}k_{}", "t", lower(29))),
    ]
}
