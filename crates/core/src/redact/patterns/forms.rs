//! Forms that any provider uses: signed tokens, locators, headers, command lines, and values behind a label.
//! Knows nothing of how a text is searched.

use super::row::{Find, Pattern};
use crate::redact::judge::{bearer, credential, in_url, looks_random, on_command_line};
use crate::redact::label::{password, secret};

pub(super) static ROWS: &[Pattern] = &[
    // RFC 7519 and RFC 7516, compact serialisation.
    token!(
        "jwt",
        "eyJ",
        r"[A-Za-z0-9_-]{10,}\.(?:eyJ[A-Za-z0-9_-]{8,}(?:\.[A-Za-z0-9_-]*)?|[A-Za-z0-9_-]*(?:\.[A-Za-z0-9_-]+){3})"
    ),
    // PASETO and PASERK specifications.
    word!("paseto", r"v[1-4]\.(?:local|public)\.", r"[A-Za-z0-9_-]{40,}(?:\.[A-Za-z0-9_-]+)?"),
    word!("paserk", r"k[1-4]\.(?:local|secret)(?:-pw|-wrap\.pie)?\.", "[A-Za-z0-9_-]{40,}"),
    // RFC 3986, userinfo.
    group!("url-password", "://", r#"://[^\s/@:"'<>\[\]]*:([^\s/"'<>]+)@[A-Za-z0-9\[{$<%_-]"#, in_url),
    group!(
        "curl-password",
        "curl",
        r#"(?-u:\b)curl(?-u:\b)[^\n]*?[ \t](?:-u|--user|-U|--proxy-user)[ \t=]*\\*["']?[^\s:"'\\/]+:([^\s"'\\/]+)"#,
        in_url
    ),
    // Of tools whose short flag is known to take a password; `-p` means something else elsewhere.
    group!(
        "command-password",
        "mysql|mariadb",
        r#"(?-u:\b)(?:mysql|mysqldump|mysqladmin|mariadb|mariadb-dump)(?-u:\b)[^\n|;&]*?[ \t]-p["']?([^\s"'\\;|&]+)"#,
        on_command_line
    ),
    group!(
        "command-password",
        "sshpass|redis-cli|mongo|ldap|sqlcmd|unzip|docker|podman|helm|smbclient|mosquitto",
        concat!(
            r"(?-u:\b)(?:sshpass[^\n|;&]*?[ \t]-p|redis-cli[^\n|;&]*?[ \t]-a|mongo(?:sh|dump|restore)?[ \t][^\n|;&]*?[ \t]?-p",
            r"|ldap(?:search|modify|add|whoami|passwd)[^\n|;&]*?[ \t]-w|sqlcmd[^\n|;&]*?[ \t]-P|unzip[^\n|;&]*?[ \t]-P",
            r"|(?:docker|podman)[ \t]+login[^\n|;&]*?[ \t]-p|helm[ \t]+registry[ \t]+login[^\n|;&]*?[ \t]-p",
            r#"|mosquitto_(?:pub|sub)[^\n|;&]*?[ \t]-P)[ \t]*\\*["']?([^\s"'\\;|&]+)"#
        ),
        on_command_line
    ),
    group!(
        "command-password",
        "keytool|openssl|jarsigner",
        r#"(?:[ \t]-(?:storepass|keypass)[ \t]+|[ \t]-pass(?:in|out)?[ \t]+["']?pass:)["']?([^\s"'\\;|&]+)"#,
        on_command_line
    ),
    group!(
        "command-password",
        "sudo",
        r#"(?-u:\b)echo[ \t]+(?:-n[ \t]+)?["']?([^\s"'|]+)["']?[ \t]*\|[ \t]*sudo[ \t][^\n|]*?-[A-Za-z]*S"#,
        on_command_line
    ),
    // The manual of netrc.
    group!(
        "netrc-password",
        "machine",
        r#"(?-u:\b)machine\s+(?:[^\s.]+\.[^\s]+|localhost)\s+login\s+[^\s]+\s+password\s+([^\s"'\\]+)"#,
        credential
    ),
    // RFC 9110, credentials; RFC 6750; RFC 6265.
    group!(
        "authorization",
        "(?i-u:authorization)",
        r#"(?i-u:authorization)\\*["'`]?\]?[ \t]*[:=,][ \t]*\\*["'`]?(?i-u:bearer|basic|token|bot|apikey|api-key|digest|ssws|negotiate)[ \t]+([A-Za-z0-9+/=._~:-]{6,})"#,
        credential
    ),
    group!("bearer-token", "(?i-u:bearer)", r"(?i-u:\bbearer)[ \t:]+([A-Za-z0-9._~+/-]{16,}=*)", bearer),
    group!(
        "cookie",
        "(?i-u:cookie)",
        r#"(?i-u:cookie)\\*["'`]?[ \t]*:[ \t]*\\*["'`]?[A-Za-z0-9_.-]{1,60}=([^\s"'`\\;,]{12,}(?:;[ \t]*[A-Za-z0-9_.-]{1,60}=[^\s"'`\\;,]+)*)"#,
        looks_random
    ),
    Pattern {
        label: "password",
        hint: "(?i-u:passw|passp|[_-]pw|pwd|pass)|[Cc]ontrase|密码|密碼|パスワード|비밀번호|[Пп]ароль",
        find: Find::Labelled(
            r"(?i-u:passw(?:or)?d|passphrase|passwort|pwd|(?:\b|[_-])pass|[_-]pw)|[a-z]Pass|contrase(?:ñ|n)a|密码|密碼|パスワード|비밀번호|[Пп]ароль",
            password,
        ),
    },
    Pattern {
        label: "secret",
        hint: "(?i-u:secret|token|key|credential|auth)|[Тт]окен|令牌|密钥|密鑰|トークン",
        find: Find::Labelled(
            r"(?i-u:secret|token|(?:api|access|private|auth|account|encryption|signing|master|shared|storage|service|session|admin|app|client|license)[_. -]?key|credentials?|authorization|(?:\b|_)auth)|[Тт]окен|令牌|密钥|密鑰|トークン",
            secret,
        ),
    },
];
