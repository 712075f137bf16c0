//! The table of what counts as a secret, and the judgement its rows ask for.
//! Knows no SQL, sockets, clock, environment, serde or async, nor how a text is searched or rewritten.
//! Invariant: whatever a row's expression matches contains that row's hint, every expression decides
//! within a bounded distance where its match ends, and no row accepts a placeholder for a value.
//! size: a table of facts, one row a kind of secret; splitting it would hide which kinds there are.

use std::sync::LazyLock;

use regex::Regex;

/// One row of the table; of two rows that claim the same text the upper one names it.
pub(super) struct Pattern {
    /// Stands in the text in place of the secret.
    pub(super) label: &'static str,
    /// An expression cheap to look for, without which the row need not be tried.
    pub(super) hint: &'static str,
    /// How the row's secrets are found.
    pub(super) find: Find,
}

/// The ways of finding a secret.
pub(super) enum Find {
    /// Group 1 of the expression, if the judgement accepts it.
    Group(&'static str, fn(&str) -> bool),
    /// The blocks between the begin and end markers that the expression finds.
    Pem(&'static str),
    /// What follows a label that the expression finds, if the judgement accepts it.
    Labelled(&'static str, fn(&Value<'_>) -> bool),
}

/// A value that follows a label, with what the judgement needs to know of its surroundings.
pub(super) struct Value<'t> {
    /// The text in front of the label.
    pub(super) before: &'t [u8],
    /// The label with its separator and opening quote.
    pub(super) label: &'t str,
    /// The beginning of the value.
    pub(super) text: &'t str,
    /// The text after the value.
    pub(super) after: &'t [u8],
    /// Whether the value stands in quotes.
    pub(super) quoted: bool,
}

/// What may precede a token whose prefix alone also occurs inside words: a word boundary, or the
/// last letter of an escape sequence (`\n`, `%3D`, a terminal colour), which only looks like a word.
macro_rules! edge {
    () => {
        r"(?:(?-u:\b)|\\[nrt]|%[0-9A-Fa-f]{2}|\[[0-9;]{1,12}m)"
    };
}

/// A token that its prefix gives away wherever it stands.
macro_rules! token {
    ($label:literal, $prefix:literal, $body:literal) => {
        token!($label, $prefix, $body, anything)
    };
    ($label:literal, $prefix:literal, $body:literal, $accept:expr) => {
        group!($label, $prefix, concat!("(", $prefix, $body, ")"), $accept)
    };
}

/// A token whose prefix must begin a word.
macro_rules! word {
    ($label:literal, $prefix:literal, $body:literal) => {
        word!($label, $prefix, $body, anything)
    };
    ($label:literal, $prefix:literal, $body:literal, $accept:expr) => {
        group!($label, $prefix, concat!(edge!(), "(", $prefix, $body, ")"), $accept)
    };
}

macro_rules! group {
    ($label:literal, $hint:expr, $regex:expr, $accept:expr) => {
        Pattern { label: $label, hint: $hint, find: Find::Group($regex, $accept) }
    };
}

/// What may stand between a key and its separator: a version or stage, then closing marks.
macro_rules! key_tail {
    () => {
        concat!(
            r"(?:[_-]?(?i-u:[0-9]{1,2}|base|prod|production|dev|staging|test|live|value|string|key)){0,2}",
            r#"(?:\?|\*\*)?\\*["'`]?\]?"#
        )
    };
}

/// A label: the end of a key, then a separator and perhaps an opening quote. The separators are, in
/// order: a typed declaration, the usual signs, prose, markup, a call or list, and a table cell. A
/// command line flag needs none.
macro_rules! labelled {
    ($label:literal, $keys:expr, $accept:expr) => {
        Pattern {
            label: $label,
            hint: concat!(
                "(?:", $keys, ")", key_tail!(), r"[ \t]*(?:[:=>(,|]|!=|：|＝|is[ \t:])",
                "|--[A-Za-z0-9-]{0,40}(?:", $keys, r")[ \t]"
            ),
            find: Find::Labelled(
                concat!(
                    "--[A-Za-z0-9-]{0,40}(?:", $keys, r#")[ \t]+["'`]?"#,
                    "|(?:", $keys, ")", key_tail!(), "(?:",
                    r#"[ \t]*:[ \t]*(?:&(?:'[a-z]{1,12} )?)?[A-Za-z_][A-Za-z0-9_<>&:.|\[\]]{0,40}[ \t]{1,4}=[ \t]{1,4}["'`]"#,
                    r#"|[ \t]*(?::=|=>|={1,3}|!=|:|：|＝)(?:\*\*)?[ \t]*(?:[bBfFrRuU@$]{0,2}\\*(?:"""|'''|["'`]))?"#,
                    r#"|[ \t]+is[ \t:]+["'`]?"#,
                    "|>",
                    r#"|[ \t]*[(,][ \t]*\\*["'`]"#,
                    r"|[ \t]+\|[ \t]+",
                    ")"
                ),
                $accept,
            ),
        }
    };
}

/// Every kind of secret, from the most specific to the least.
pub(super) static PATTERNS: &[Pattern] = &[
    // Key blocks.
    Pattern {
        label: "private-key",
        hint: "PRIVATE KEY",
        find: Find::Pem(r"-----(?:BEGIN|END) [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----"),
    },
    group!("private-key", "Private-Lines:", r"Private-Lines: [0-9]+((?:[\s]+[A-Za-z0-9+/]{16,}={0,2})+)", anything),
    token!("age-secret-key", "AGE-SECRET-KEY-", "[A-Z0-9-]{40,}"),
    // Clouds.
    word!("aws-access-key-id", "(?:AKIA|ASIA|ABIA|ACCA)", r"[A-Z0-9]{16}(?-u:\b)"),
    group!(
        "aws-secret-access-key",
        "(?i-u:secret[_-]?(?:access[_-]?)?key)",
        r#"(?i-u:secret[_-]?(?:access[_-]?)?key)[\\"'\]\s:=>]{1,12}([A-Za-z0-9/+]{40})(?:[^A-Za-z0-9/+=]|$)"#,
        mixed
    ),
    word!("aws-bedrock-key", "ABSK", "[A-Za-z0-9+/]{100,}={0,2}"),
    word!("google-api-key", "AIza", "[A-Za-z0-9_-]{35,}"),
    token!("google-oauth-secret", "GOCSPX-", "[A-Za-z0-9_-]{20,}"),
    word!("google-oauth-token", r"ya29\.", "[A-Za-z0-9_-]{20,}"),
    word!("google-refresh-token", "1//0", "[A-Za-z0-9_-]{30,}", mixed),
    group!("azure-account-key", "AccountKey=", "AccountKey=([A-Za-z0-9+/]{40,}={0,2})", anything),
    token!("azure-client-secret", "[78]Q~", "[A-Za-z0-9_.~-]{31,34}", mixed),
    group!(
        "signed-url",
        r"(?:[?&]sig=|X-(?:Amz|Goog)-Signature=)",
        r"(?:[?&]sig=|X-(?:Amz|Goog)-Signature=)([A-Za-z0-9%+/=_-]{30,})",
        anything
    ),
    token!("digitalocean-token", "do[opr]_v1_", "[a-f0-9]{40,}"),
    word!("databricks-token", "dapi", "[a-f0-9]{32}(?:-[0-9])?"),
    word!("planetscale-token", "pscale_(?:tkn|pw|oauth)_", r"[A-Za-z0-9_.=-]{30,}"),
    word!("supabase-key", "sb(?:p_|_secret_)", "[A-Za-z0-9_-]{30,}", mixed),
    token!("tailscale-key", "tskey-", "[a-z]{2,12}-[A-Za-z0-9-]{16,}"),
    word!("heroku-key", "HRKU-", "[A-Za-z0-9_-]{30,}"),
    word!("fly-token", "fm[12][a-z]?_", "[A-Za-z0-9+/=_-]{80,}"),
    // Code hosting, packages and pipelines.
    token!("github-token", "gh[pousr]_", r"[A-Za-z0-9_]{30,}(?:\.[A-Za-z0-9_-]{10,}){0,2}"),
    token!("github-token", "github_pat_", "[A-Za-z0-9_]{36,}"),
    word!(
        "gitlab-token",
        "gl(?:pat|oas|dt|rt|rtr|cbt|ptt|ft|imt|agent|soat|ffct)-",
        r"[A-Za-z0-9_-]{20,}(?:\.[A-Za-z0-9_.]{4,60})?",
        mixed
    ),
    token!("npm-token", "npm_", "[A-Za-z0-9]{36,}"),
    token!("pypi-token", "pypi-", "[A-Za-z0-9_-]{50,}"),
    word!("crates-io-token", "cio", "[A-Za-z0-9]{32}(?-u:\\b)", mixed),
    token!("rubygems-key", "rubygems_", "[a-f0-9]{48}"),
    token!("docker-token", "dckr_(?:pat|oat)_", "[A-Za-z0-9_-]{20,}"),
    token!("atlassian-token", "AT(?:AT|CT)T3", "[A-Za-z0-9_=-]{60,}"),
    token!("terraform-token", r"\.atlasv1\.", "[A-Za-z0-9_=-]{50,}"),
    word!("pulumi-token", "pul-", "[a-f0-9]{40}"),
    word!("vault-token", "hv[sbr]\\.", "[A-Za-z0-9_-]{24,}", mixed),
    token!("postman-key", "PMAK-", "[a-f0-9]{24}-[a-f0-9]{34}"),
    // Models.
    word!("anthropic-api-key", "sk-ant-", "[A-Za-z0-9_-]{20,}"),
    word!("openai-api-key", "sk-(?:proj|svcacct|admin)-", "[A-Za-z0-9_-]{20,}", mixed),
    word!("openai-api-key", "sk-", "[A-Za-z0-9_-]{20,}", long_run),
    word!("hugging-face-token", "(?:hf|api_org)_", "[A-Za-z0-9]{30,}"),
    word!("groq-api-key", "gsk_", "[A-Za-z0-9]{40,}"),
    word!("xai-api-key", "xai-", "[A-Za-z0-9]{60,}"),
    word!("perplexity-api-key", "pplx-", "[A-Za-z0-9]{40,}"),
    word!("replicate-token", "r8_", "[A-Za-z0-9]{37,}"),
    // Messages and mail.
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
    group!(
        "discord-token",
        r"\.[A-Za-z0-9_-]{6}\.[A-Za-z0-9_-]{8}",
        concat!(edge!(), r"([MNO][A-Za-z0-9_-]{23,27}\.[A-Za-z0-9_-]{6}\.[A-Za-z0-9_-]{27,})"),
        mixed
    ),
    group!("telegram-bot-token", ":AA", concat!("(?:", edge!(), "|bot)([0-9]{6,12}:AA[A-Za-z0-9_-]{30,})"), anything),
    word!("sendgrid-api-key", r"SG\.", r"[A-Za-z0-9_-]{16,}\.[A-Za-z0-9_-]{30,}"),
    word!("mailgun-api-key", "key-", r"[a-f0-9]{32}(?-u:\b)", mixed),
    word!("brevo-api-key", "xkeysib-", "[a-f0-9]{40,}"),
    group!(
        "twilio-api-key",
        "SK[0-9a-f]{32}",
        r"(?i-u:twilio|api[_-]?key|key[_-]?sid)[^\n]{0,60}?(?-u:\b)(SK[0-9a-f]{32})(?-u:\b)",
        anything
    ),
    // Money, work and watching.
    word!("stripe-key", "(?:sk|rk)_(?:live|test)_", "[A-Za-z0-9]{16,}"),
    word!("stripe-webhook-secret", "whsec_", "[A-Za-z0-9+/=_-]{24,}"),
    token!("shopify-token", "shp(?:at|ca|pa|ss|tka)_", "[A-Fa-f0-9]{32}"),
    word!("square-token", "sq0[a-z]{3}-", "[A-Za-z0-9_-]{20,}"),
    token!("linear-api-key", "lin_(?:api|oauth)_", "[A-Za-z0-9]{32,}"),
    word!("notion-token", "ntn_", "[A-Za-z0-9]{40,}"),
    word!("figma-token", "fig[duor]{1,2}_", "[A-Za-z0-9_-]{36,}", mixed),
    word!("airtable-token", r"pat[A-Za-z0-9]{14}\.", "[a-f0-9]{64}"),
    word!("grafana-token", "gl(?:sa|c)_", "[A-Za-z0-9+/=_]{32,}", mixed),
    token!("sentry-token", "sntry[su]_", "[A-Za-z0-9+/=_-]{40,}"),
    word!("new-relic-key", "NRAK-", "[A-Z0-9]{27}"),
    word!("doppler-token", r"dp\.(?:pt|st|ct|sa|scim|audit)\.", r"[A-Za-z0-9_.-]{40,}"),
    token!("onepassword-token", "ops_eyJ", "[A-Za-z0-9_=-]{40,}"),
    // Forms that any provider uses.
    token!(
        "jwt",
        "eyJ",
        r"[A-Za-z0-9_-]{10,}\.(?:eyJ[A-Za-z0-9_-]{8,}(?:\.[A-Za-z0-9_-]*)?|[A-Za-z0-9_-]*(?:\.[A-Za-z0-9_-]+){3})"
    ),
    group!(
        "url-password",
        r#"://[^\s/@:"'<>\[\]]*:[^\s/"'<>]+@"#,
        r#"://[^\s/@:"'<>\[\]]*:([^\s/"'<>]+)@[A-Za-z0-9\[{$<%_-]"#,
        in_url
    ),
    group!(
        "curl-password",
        r"(?-u:\b)curl(?-u:\b)",
        r#"(?-u:\b)curl(?-u:\b)[^\n]*?[ \t](?:-u|--user|-U|--proxy-user)[ \t=]*\\*["']?[^\s:"'\\/]+:([^\s"'\\/]+)"#,
        in_url
    ),
    group!(
        "authorization",
        "(?i-u:authorization)",
        r#"(?i-u:authorization)\\*["'`]?\]?[ \t]*[:=,][ \t]*\\*["'`]?(?i-u:bearer|basic|token|bot|apikey|api-key|digest)[ \t]+([A-Za-z0-9+/=._~:-]{6,})"#,
        credential
    ),
    group!("bearer-token", r"(?i-u:\bbearer[ \t:])", r"(?i-u:\bbearer)[ \t:]+([A-Za-z0-9._~+/-]{16,}=*)", bearer),
    labelled!(
        "password",
        r"(?i-u:passw(?:or)?d|passphrase|passwort|pwd|(?:\b|[_-])pass|[_-]pw)|[a-z]Pass|contrase(?:ñ|n)a|密码|密碼|パスワード|비밀번호|[Пп]ароль",
        password
    ),
    labelled!(
        "secret",
        r"(?i-u:secret|token|(?:api|access|private|auth|account|encryption|signing|master|shared|storage|service|session|admin|app|client|license)[_. -]?key|credentials?|authorization|(?:\b|_)auth)|[Тт]окен|令牌|密钥|密鑰|トークン",
        secret
    ),
];

/// What stands in the place of a secret, whoever put it there.
pub(super) static MARKER: LazyLock<Regex> = LazyLock::new(|| constant(r"\[redacted:[a-z0-9-]{1,40}\]"));

/// The base64 body of a key block, anchored at its beginning: lines of base64 after the headers, each
/// after white space, escaped line ends, quotes, or the margins of diffs and numbered listings.
pub(super) static PEM_BODY: LazyLock<Regex> = LazyLock::new(|| {
    constant(concat!(
        r#"\A(?:(?:[\s>|#*"'+,;→-]|\\+[nr]|[0-9]{1,6}[→\t|:])+"#,
        r"(?:(?:Proc-Type|DEK-Info|Version|Comment|Hash): [^\n\\]{1,120}|[A-Za-z0-9+/]{16,}={0,2}))+",
        r"(?:(?:\s|\\+[nr])+[A-Za-z0-9+/]{1,15}(?:={1,2}|\z))?"
    ))
});

/// What tells a key block from prose that only names its markers.
pub(super) static PEM_RUN: LazyLock<Regex> = LazyLock::new(|| constant("[A-Za-z0-9+/=]{32}"));

/// Where a bare value gives way to the next field of a query, a list or a connection string, or to
/// the end of a link in Markdown.
pub(super) static NEXT_FIELD: LazyLock<Regex> =
    LazyLock::new(|| constant(r"[&;,|][A-Za-z_][A-Za-z0-9_.-]{0,40}=|\)\]|\]\("));

/// Words that stand for a value, or say something about it, compared without their punctuation.
const STAND_INS: &str = "changeme changeit changethis replaceme fillme insert placeholder example sample dummy \
    redacted masked hidden removed omitted censored filtered undefined default optional \
    required invalid missing incorrect unknown expired string boolean number integer object \
    function uint8array bytes foobar foobarbaz prompt disabled enabled plaintext hashed \
    encrypted bcrypt argon2 argon2id sha256 sha512 base64 bearer basic apikey username \
    nullptr option optionstring argument parameter varchar password passwd pass secret token \
    none null true false";

/// Fragments that only a placeholder or a template contains.
const STAND_IN_PARTS: &[&str] = &[
    "***",
    "...",
    "…",
    "xxxx",
    "your_",
    "your-",
    "<your",
    "_here",
    "-here",
    "changeme",
    "change-me",
    "change_me",
    "placeholder",
    "redacted",
    "example",
    "${",
    "$(",
    "{{",
    "#{",
    "<%",
    "%s",
    "%(",
    "••",
];

/// Starts of values that say where a secret is kept.
const REFERENCES: &[&str] = &["./", "../", "~/", "arn:", "env:", "env.", "file:", "ref+", "ssm:", "projects/"];

/// A call, an index or a construction: an identifier path followed by a bracket.
static CODE: LazyLock<Regex> = LazyLock::new(|| constant(r"^[&*!@-]*(?:[A-Za-z_$][\w.$:>?!-]*)?[(\[{]"));

/// Identifiers joined by member access, or behind an operator.
static PATH: LazyLock<Regex> = LazyLock::new(|| {
    constant(
        r"^(?:[&*!@$]+[A-Za-z_][\w$]*|[A-Za-z_][\w$]*\??(?:(?:\.|::|->|/|\$)[A-Za-z_][\w$]*[?!]?)+)(?:(?:\.|::|->|/)\w+)*$",
    )
});

/// A variable to be filled in: `$NAME`, `%NAME%`, `{name}`, `<name>`, `__NAME__`, `@name@`.
static VARIABLE: LazyLock<Regex> =
    LazyLock::new(|| constant(r"^(?:\$[A-Za-z_]\w*|%[A-Za-z_]\w*%|\{.*\}|<.*>|\[.*\]|__\w+__|@[A-Za-z_.]+@)$"));

/// A locator, whose own password has a row of its own.
static LOCATOR: LazyLock<Regex> = LazyLock::new(|| constant(r"^[A-Za-z][A-Za-z0-9+.-]{0,20}://"));

/// Compiles an expression of this file.
pub(super) fn constant(expression: &str) -> Regex {
    Regex::new(expression).expect("the expression is constant and tested")
}

fn anything(_: &str) -> bool {
    true
}

/// Letters and digits together: what tells a token from words joined by dashes.
fn mixed(text: &str) -> bool {
    text.bytes().any(|b| b.is_ascii_digit()) && text.bytes().any(|b| b.is_ascii_alphabetic())
}

/// One unbroken run of letters and digits as long as the oldest keys; style sheets and word lists
/// that happen to begin with the prefix have only short ones.
fn long_run(text: &str) -> bool {
    text.split(['-', '_']).any(|run| run.len() >= 20 && mixed(run))
}

fn credential(text: &str) -> bool {
    !stand_in(text)
}

fn bearer(text: &str) -> bool {
    !stand_in(text) && random(text, true)
}

/// The password part of `user:password@host`; a port with a query behind it is none.
fn in_url(text: &str) -> bool {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let port = (2..=5).contains(&digits) && text[digits..].starts_with(['?', '#', '&', ',', ';', ')', '\\']);
    text.chars().count() >= 3 && !port && !stand_in(text) && !VARIABLE.is_match(text) && !text.starts_with('$')
}

/// Values after labels for passwords: people choose these, so little disorder is enough.
fn password(value: &Value<'_>) -> bool {
    let text = value.text;
    if text.chars().count() < 6 || !plausible(value) {
        return false;
    }
    if text.contains(char::is_whitespace) {
        return value.quoted && text.split_whitespace().any(|word| random(word, true));
    }
    let digit = text.bytes().any(|b| b.is_ascii_digit());
    let letter = text.bytes().any(|b| b.is_ascii_alphabetic());
    // Tests pass too, in calls and in front of a colon.
    let label = value.label.to_lowercase();
    let short = label.contains("pass") && !label.contains("passw") && !label.contains("passp");
    if short && !value.quoted && label.starts_with("pass") && label.contains(':') {
        return false;
    }
    match value.separator() {
        Separator::List => return random(text, value.quoted),
        Separator::Loose => return digit && letter && !short,
        Separator::Sign => {}
    }
    let given = value.quoted || value.assigned() || value.in_element();
    let wordy = |c: char| c.is_alphabetic() || matches!(c, '_' | '-' | '.' | ':' | '/' | '?' | '!');
    if text.chars().all(wordy) {
        let lower = text.to_lowercase();
        let named = ["pass", "pwd", "secret", "token", "credential"];
        return text.is_ascii() && given && !named.iter().any(|name| lower.contains(name));
    }
    // Prose and interface texts in other scripts have no digits.
    (text.is_ascii() || digit) && (given || !PATH.is_match(text))
}

/// Values after labels for tokens: machines make these, so they must look random.
fn secret(value: &Value<'_>) -> bool {
    value.text.len() >= 8
        && plausible(value)
        && !value.text.contains(char::is_whitespace)
        && random(value.text, value.quoted || value.assigned())
}

enum Separator {
    /// An equals sign, a colon or markup.
    Sign,
    /// A blank or an opening bracket.
    Loose,
    /// A comma or a table's line: the value may have nothing to do with the label.
    List,
}

impl Value<'_> {
    fn separator(&self) -> Separator {
        if self.label.contains([':', '=', '>', '：', '＝']) {
            Separator::Sign
        } else if self.label.contains([',', '|']) {
            Separator::List
        } else {
            Separator::Loose
        }
    }

    fn in_element(&self) -> bool {
        self.label.ends_with('>') && !self.label.ends_with("=>")
    }

    /// The rest of the key in front of the label.
    fn key_start(&self) -> usize {
        let part = |b: &&u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'.' | b'-');
        self.before.len() - self.before.iter().rev().take(64).take_while(part).count()
    }

    /// Whether this is an assignment as shells and settings files write it, where a bare word is a
    /// value and not a name: an upper case key, a flag, or a line of its own.
    fn assigned(&self) -> bool {
        let start = self.key_start();
        let key = &self.before[start..];
        let upper = !key.iter().chain(self.label.as_bytes()).any(u8::is_ascii_lowercase);
        let own_line = (start == 0 || self.before[start - 1] == b'\n')
            && matches!(self.after.first(), None | Some(b'\n' | b'\r'))
            && !PATH.is_match(self.text);
        !self.quoted && self.label.ends_with('=') && (upper || key.starts_with(b"--") || own_line)
    }
}

/// Whether a value can be a secret at all: no placeholder, reference or piece of code.
fn plausible(value: &Value<'_>) -> bool {
    let text = value.text;
    let start = value.key_start();
    // A file of that name in a listing, as in `/etc/passwd:`, a type, or part of a resource's name.
    let before = &value.before[..start];
    let other =
        before.ends_with(b"/") || before.ends_with(b"::") || (before.ends_with(b":") && value.label == "secret:");
    // Markup holds a value only up to its closing tag.
    let element = value.in_element();
    let reference = REFERENCES.iter().any(|start| text.starts_with(start))
        || LOCATOR.is_match(text)
        || VARIABLE.is_match(text)
        || (text.starts_with("0x") && text.len() <= 18)
        || (text.starts_with('/') && text[1..].contains('/') && !random(text, false));
    let code = !value.quoted
        && !element
        && (CODE.is_match(text)
            || text.starts_with(['$', '{', '(', '[', '|', '=', '/', ':'])
            || (!value.assigned() && PATH.is_match(text)));
    !(other || reference || code || stand_in(text)) && (!element || value.after.starts_with(b"</"))
}

/// Whether `text` only stands for a value.
fn stand_in(text: &str) -> bool {
    let lower = text.to_lowercase();
    let bare = lower.trim_matches(|c: char| !c.is_alphanumeric()).replace(['_', '-', ' '], "");
    let mut distinct: Vec<char> = lower.chars().collect();
    distinct.sort_unstable();
    distinct.dedup();
    distinct.len() <= 2
        || STAND_INS.split(' ').any(|word| word == bare)
        || STAND_IN_PARTS.iter().any(|part| lower.contains(part))
}

/// Whether `text` looks made by a machine: a long run with letters and digits that is no numbered
/// word, or all kinds of characters at once. `strict` says that a bare identifier cannot stand here.
fn random(text: &str, strict: bool) -> bool {
    if entropy(text) < 2.5 {
        return false;
    }
    let run = text
        .split(|c: char| !c.is_ascii_alphanumeric())
        .any(|run| run.len() >= 8 && mixed(run) && !numbered_words(run, strict));
    let kinds: [fn(&u8) -> bool; 4] =
        [u8::is_ascii_lowercase, u8::is_ascii_uppercase, u8::is_ascii_digit, |b| b"!@#$%^&*+?~".contains(b)];
    run || (text.len() >= 10 && kinds.iter().all(|kind| text.bytes().any(|b| kind(&b))))
}

/// Whether a run is words as identifiers join them, each with a small number at its end; unless
/// `strict`, a number inside a short word is let through as well (`sha256sum`).
fn numbered_words(run: &str, strict: bool) -> bool {
    let bytes = run.as_bytes();
    let mut start = 0;
    (1..=bytes.len()).all(|at| {
        let ends = at == bytes.len()
            || (bytes[at].is_ascii_uppercase()
                && (bytes[at - 1].is_ascii_lowercase() || bytes.get(at + 1).is_some_and(u8::is_ascii_lowercase)));
        if !ends {
            return true;
        }
        let word = &run[std::mem::replace(&mut start, at)..at];
        let plain = word.trim_end_matches(|c: char| c.is_ascii_digit());
        let (head, tail) = plain.split_at(plain.find(|c: char| c.is_ascii_digit()).unwrap_or(plain.len()));
        let inner = tail.trim_start_matches(|c: char| c.is_ascii_digit());
        let joined = !strict
            && word.len() <= 14
            && head.len() >= 2
            && inner.len() >= 2
            && tail.len() - inner.len() <= 3
            && !inner.bytes().any(|b| b.is_ascii_digit());
        word.len() - plain.len() <= 3 && (tail.is_empty() || joined)
    })
}

/// Shannon entropy in bits per byte.
fn entropy(text: &str) -> f64 {
    let mut counts = [0u32; 256];
    text.bytes().for_each(|b| counts[usize::from(b)] += 1);
    let total = text.len() as f64;
    counts
        .iter()
        .filter(|count| **count > 0)
        .map(|count| {
            let share = f64::from(*count) / total;
            -share * share.log2()
        })
        .sum()
}
