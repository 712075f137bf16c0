//! Tokens of chat, mail and social services; each after its maker's own description.
//! Knows nothing of how a text is searched.

use super::row::{Find, Pattern};
use crate::redact::judge::{anything, mixed};

pub(super) static ROWS: &[Pattern] = &[
    // Slack, "Token types" and "Incoming webhooks".
    word!("slack-token", "xox[a-z]", r"(?:\.xox[a-z])?-[A-Za-z0-9%-]{10,}", mixed),
    word!("slack-token", "xapp-", "[0-9]-[A-Za-z0-9-]{20,}"),
    group!(
        "slack-webhook",
        r"hooks\.slack",
        r"hooks\.slack(?:-gov)?\.com/(?:services|workflows|triggers)/([A-Za-z0-9/_-]{20,})",
        anything
    ),
    group!(
        "discord-webhook",
        "/api/webhooks/",
        r"discord(?:app)?\.com/api/webhooks/[0-9]+/([A-Za-z0-9_-]{40,})",
        anything
    ),
    // Discord, "Reference", authentication: the id of a user in base64 comes first.
    group!(
        "discord-token",
        "(?:M[DTjz]|N[DTjz]|O[DT])[A-Za-z]",
        concat!(edge!(), r"((?:M[DTjz]|N[DTjz]|O[DT])[A-Za-z0-9_-]{22,26}\.[A-Za-z0-9_-]{6}\.[A-Za-z0-9_-]{27,})"),
        mixed
    ),
    group!("teams-webhook", r"webhook\.office\.com", r"webhook\.office\.com/webhookb2/([A-Za-z0-9@/-]{30,})", anything),
    group!("zapier-webhook", r"hooks\.zapier\.com", r"hooks\.zapier\.com/hooks/catch/([A-Za-z0-9/]{10,})", anything),
    group!("telegram-bot-token", ":AA", concat!("(?:", edge!(), "|bot)([0-9]{6,12}:AA[A-Za-z0-9_-]{30,})"), anything),
    // Mail: SendGrid, Mailgun, Brevo, Resend, MailerSend, Mailchimp.
    word!("sendgrid-api-key", r"SG\.", r"[A-Za-z0-9_-]{16,}\.[A-Za-z0-9_-]{30,}"),
    word!("mailgun-api-key", "key-", r"[a-f0-9]{32}(?-u:\b)", mixed),
    word!("brevo-api-key", "xkeysib-", "[a-f0-9]{40,}"),
    word!("resend-api-key", "re_", r"[A-Za-z0-9]{8}_[A-Za-z0-9]{20,}", mixed),
    word!("mailersend-token", r"mlsn\.", "[a-f0-9]{60,}"),
    group!("mailchimp-api-key", "-us[0-9]", concat!(edge!(), r"([a-f0-9]{32}-us[0-9]{1,2})(?-u:\b)"), anything),
    // Twilio, "API keys": the id begins with SK, as other words do.
    Pattern {
        label: "twilio-api-key",
        hint: "SK[0-9a-f][0-9a-f][0-9a-f]",
        find: Find::Beside("(?i-u:twilio|api[_-]?key|key[_-]?sid)", r"(?-u:\b)(SK[0-9a-f]{32})(?-u:\b)", anything),
    },
    // Meta and X, access tokens.
    word!("facebook-token", "EAA[A-Z]", "[A-Za-z0-9]{90,}", mixed),
    word!("x-bearer-token", "AAAAAAAAAAAAAAAAAAAA", "[A-Za-z0-9%]{40,}", mixed),
    // ntfy, "Access tokens".
    word!("ntfy-token", "tk_", r"[a-z0-9]{29}(?-u:\b)", mixed),
];
