//! Secrets of every kind, each in a text of its own, and what the text has to become.
//! Knows neither the table nor the redaction: the redaction's tests take it from here, and so do those of the binary.
//! Invariant: every secret is put together at run time, so that scanners leave this file alone.

// By path, for the tests of the binary take this file from where it lies.
#[path = "samples/clouds.rs"]
mod clouds;
#[path = "samples/hosts.rs"]
mod hosts;
#[path = "samples/infra.rs"]
mod infra;
#[path = "samples/keys.rs"]
mod keys;
#[path = "samples/messages.rs"]
mod messages;
#[path = "samples/models.rs"]
mod models;
#[path = "samples/money.rs"]
mod money;

/// `len` characters of `alphabet`, in an order that looks random and is always the same.
pub(crate) fn noise(alphabet: &str, len: usize) -> String {
    let letters: Vec<char> = alphabet.chars().collect();
    let mut state = 7usize;
    let mut next = || {
        state = (state * 1_103_515_245 + 12_345) % (1 << 31);
        letters[(state >> 8) % letters.len()]
    };
    (0..len).map(|_| next()).collect()
}

pub(crate) fn alnum(len: usize) -> String {
    noise("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789", len)
}

pub(crate) fn upper(len: usize) -> String {
    noise("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", len)
}

pub(crate) fn lower(len: usize) -> String {
    noise("abcdefghijklmnopqrstuvwxyz0123456789", len)
}

pub(crate) fn hex(len: usize) -> String {
    noise("0123456789abcdef", len)
}

fn base58(len: usize) -> String {
    noise("123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz", len)
}

pub(crate) fn uuid() -> String {
    format!("{}-{}-4{}-a{}-{}", hex(8), hex(4), hex(3), hex(3), hex(12))
}

/// A text with one secret in it.
#[derive(Debug)]
pub(crate) struct Sample {
    /// The text as somebody wrote it.
    pub(crate) text: String,
    /// The text as it may be kept.
    pub(crate) expect: String,
}

impl Sample {
    pub(crate) fn new(text: String, expect: &str) -> Self {
        let marks = expect.matches("[redacted:").count() + expect.matches("[private]").count();
        assert_eq!(marks, 1, "{expect}");
        Self { text, expect: expect.to_owned() }
    }

    /// What of the text may be nowhere. Of a key block that is its body: its first line may be spoken of.
    pub(crate) fn secrets(&self) -> Vec<&str> {
        let mark = if self.expect.contains("[redacted:") { "[redacted:" } else { "[private]" };
        let from = self.expect.find(mark).unwrap_or(0);
        let after = self.expect[from..].find(']').map_or(0, |at| self.expect.len() - from - at - 1);
        let secret = &self.text[from..self.text.len() - after];
        if !secret.contains("-----BEGIN ") {
            return vec![secret];
        }
        secret.split(|c: char| !c.is_ascii_alphanumeric()).filter(|run| run.len() >= 32).collect()
    }
}

/// Every sample.
pub(crate) fn all() -> Vec<Sample> {
    let framed = |(label, token): (&str, String)| {
        Sample::new(format!("it is {token} here"), &format!("it is [redacted:{label}] here"))
    };
    let (basic, a, b) = (alnum(20), alnum(24), hex(32));
    let filled = |cases: &[(&str, &str)], value: &str| -> Vec<Sample> {
        cases.iter().map(|(input, expect)| Sample::new(input.replace("{}", value), expect)).collect()
    };
    let locators = LOCATORS.iter().map(|(input, expect)| (input.replace('~', "://"), expect.replace('~', "://")));
    let mut all: Vec<Sample> = tokens().into_iter().map(framed).collect();
    all.extend(surrounded());
    all.extend(key_blocks());
    all.extend(locators.map(|(input, expect)| Sample::new(input, &expect)));
    all.extend(filled(HEADERS, &basic));
    all.extend(filled(LABELLED, &a));
    all.extend(filled(LABELLED, &b));
    all.extend(filled(PASSWORDS, ""));
    all.extend(filled(PRIVATE, &a));
    all
}

/// Tokens that their own form gives away, each with its label.
pub(crate) fn tokens() -> Vec<(&'static str, String)> {
    let families = [
        keys::tokens(),
        clouds::tokens(),
        hosts::tokens(),
        models::tokens(),
        messages::tokens(),
        money::tokens(),
        infra::tokens(),
    ];
    families.into_iter().flatten().collect()
}

/// Secrets that what stands round them gives away.
pub(crate) fn surrounded() -> Vec<Sample> {
    let (key40, sk) = (alnum(40), format!("{}K{}", "S", hex(32)));
    [
        (format!("aws_secret_access_key = {key40}\n"), "aws_secret_access_key = [redacted:aws-secret-access-key]\n"),
        (
            format!(r#"{{"SecretAccessKey": "{key40}", "Expiration": 1}}"#),
            r#"{"SecretAccessKey": "[redacted:aws-secret-access-key]", "Expiration": 1}"#,
        ),
        (format!("twilio sid {sk} ok"), "twilio sid [redacted:twilio-api-key] ok"),
        (format!("api_key: {sk}"), "api_key: [redacted:twilio-api-key]"),
        (
            format!("https://{}.com/services/T0{}/B0{}/{}", "hooks.slack", upper(8), upper(8), alnum(24)),
            "https://hooks.slack.com/services/[redacted:slack-webhook]",
        ),
        (
            format!("https://discord.com/{}/123456789/{}", "api/webhooks", alnum(68)),
            "https://discord.com/api/webhooks/123456789/[redacted:discord-webhook]",
        ),
        (
            format!("DefaultEndpointsProtocol=https;AccountName=a;{}Key={}==;B=c", "Account", alnum(86)),
            "DefaultEndpointsProtocol=https;AccountName=a;AccountKey=[redacted:azure-account-key];B=c",
        ),
        (format!("https://x/y?sv=1&sig={}%3D&se=2", alnum(42)), "https://x/y?sv=1&sig=[redacted:signed-url]&se=2"),
        (
            format!("Endpoint=sb://a.b/;SharedAccessKeyName=c;{}AccessKey={}=", "Shared", alnum(43)),
            "Endpoint=sb://a.b/;SharedAccessKeyName=c;SharedAccessKey=[redacted:azure-shared-access-key]",
        ),
        (
            format!(
                "https://a.{}.office.com/webhookb2/{}@{}/IncomingWebhook/{}/{}",
                "webhook",
                uuid(),
                uuid(),
                hex(32),
                uuid()
            ),
            "https://a.webhook.office.com/webhookb2/[redacted:teams-webhook]",
        ),
        (
            format!("https://{}.zapier.com/hooks/catch/1234567/{}/", "hooks", lower(7)),
            "https://hooks.zapier.com/hooks/catch/[redacted:zapier-webhook]",
        ),
        (
            format!(r#"{{"kty":"EC","crv":"P-256","d":"{}","use":"sig"}}"#, alnum(43)),
            r#"{"kty":"EC","crv":"P-256","d":"[redacted:jwk-private-key]","use":"sig"}"#,
        ),
        (format!("Cookie: sid={}; theme=dark", alnum(32)), "Cookie: sid=[redacted:cookie]"),
        (
            format!("machine h.example login bob password {}", "hunter22"),
            "machine h.example login bob password [redacted:netrc-password]",
        ),
        (format!("1//0{} and more", alnum(60)), "[redacted:google-refresh-token] and more"),
        (
            format!("Private-Lines: 2\n{}\n{}\nPrivate-MAC: 1", alnum(64), alnum(20)),
            "Private-Lines: 2[redacted:private-key]\nPrivate-MAC: 1",
        ),
    ]
    .into_iter()
    .map(|(text, expect)| Sample::new(text, expect))
    .collect()
}

/// Private keys as files, strings, settings and diffs hold them.
pub(crate) fn key_blocks() -> Vec<Sample> {
    let line = alnum(64);
    let (begin, end) = (format!("-----{} RSA PRIVATE KEY-----", "BEGIN"), "-----END RSA PRIVATE KEY-----");
    [
        (format!("a\n{begin}\n{line}\n{line}\nabcd==\n{end}\nb"), "a\n[redacted:private-key]\nb"),
        (format!(r#"{{"k":"{begin}\n{line}\n{line}\n{end}\n"}}"#), r#"{"k":"[redacted:private-key]\n"}"#),
        (format!("k: |\n  {begin}\n  {line}\n  {end}\nb: 1"), "k: |\n  [redacted:private-key]\nb: 1"),
        (format!("+{begin}\n+{line}\n+{end}\n+b"), "+[redacted:private-key]\n+b"),
        (format!("{begin}\n{line}\n{line}\n\nThe rest is prose."), "[redacted:private-key]\n\nThe rest is prose."),
        (
            format!(
                "a\n-----{0} OpenVPN Static key V1-----\n{1}\n{1}\n-----END OpenVPN Static key V1-----\nb",
                "BEGIN",
                hex(32)
            ),
            "a\n[redacted:private-key]\nb",
        ),
    ]
    .into_iter()
    .map(|(text, expect)| Sample::new(text, expect))
    .collect()
}

/// What somebody marked as private, with `{}` for it.
pub(crate) const PRIVATE: &[(&str, &str)] = &[
    ("look <private>at {} here</private> and go", "look [private] and go"),
    ("<PRIVATE reason=\"mine\">{}</Private>", "[private]"),
    ("the mark `<private>{}</private>` in code", "the mark `[private]` in code"),
];

/// Passwords in locators and on command lines; `~` stands for `://`.
pub(crate) const LOCATORS: &[(&str, &str)] = &[
    ("postgres~app:s3cr%40t@db:5432/x", "postgres~app:[redacted:url-password]@db:5432/x"),
    ("postgres~postgres:postgres@localhost/x", "postgres~postgres:[redacted:url-password]@localhost/x"),
    ("redis~:hunter22@cache:6379/0", "redis~:[redacted:url-password]@cache:6379/0"),
    ("amqp~u:p@ss!@h/v", "amqp~u:[redacted:url-password]@h/v"),
    ("https~oauth2:abc123@git.example/r.git", "https~oauth2:[redacted:url-password]@git.example/r.git"),
    ("DATABASE_URL=mysql~r:topf@db/x", "DATABASE_URL=mysql~r:[redacted:url-password]@db/x"),
    ("curl -s -u bob:hunter22 https://h", "curl -s -u bob:[redacted:curl-password] https://h"),
    ("curl --user 'bob:hunter22' https://h", "curl --user 'bob:[redacted:curl-password]' https://h"),
    ("mysql -u root -phunter22 db", "mysql -u root -p[redacted:command-password] db"),
    ("sshpass -p hunter22 ssh h", "sshpass -p [redacted:command-password] ssh h"),
    ("docker login -u bob -p hunter22 r.example", "docker login -u bob -p [redacted:command-password] r.example"),
    ("redis-cli -h cache -a 'hunter22' ping", "redis-cli -h cache -a '[redacted:command-password]' ping"),
    ("keytool -list -storepass hunter22 -v", "keytool -list -storepass [redacted:command-password] -v"),
    ("openssl rsa -passin pass:hunter22 -in k", "openssl rsa -passin pass:[redacted:command-password] -in k"),
    ("echo hunter22 | sudo -S ls", "echo [redacted:command-password] | sudo -S ls"),
];

/// Headers, with `{}` for the token.
pub(crate) const HEADERS: &[(&str, &str)] = &[
    ("Authorization: Basic {}", "Authorization: Basic [redacted:authorization]"),
    ("authorization: bearer {}", "authorization: bearer [redacted:authorization]"),
    (r#""Authorization": "Bearer {}","#, r#""Authorization": "Bearer [redacted:authorization]","#),
    (r#"{\"Authorization\":\"token {}\"}"#, r#"{\"Authorization\":\"token [redacted:authorization]\"}"#),
    ("-H 'Authorization: Bearer {}'", "-H 'Authorization: Bearer [redacted:authorization]'"),
    ("headers['Authorization'] = 'Bearer {}'", "headers['Authorization'] = 'Bearer [redacted:authorization]'"),
    ("send Bearer {} along", "send Bearer [redacted:bearer-token] along"),
    ("x-api-key: {}", "x-api-key: [redacted:secret]"),
    ("PRIVATE-TOKEN: {}", "PRIVATE-TOKEN: [redacted:secret]"),
];

/// Tokens that a label gives away, with `{}` for the token.
pub(crate) const LABELLED: &[(&str, &str)] = &[
    ("token = \"{}\"", "token = \"[redacted:secret]\""),
    ("\"token\": \"{}\",", "\"token\": \"[redacted:secret]\","),
    ("'client_secret' => '{}',", "'client_secret' => '[redacted:secret]',"),
    (r#"{\"access_token\":\"{}\",\"n\":1}"#, r#"{\"access_token\":\"[redacted:secret]\",\"n\":1}"#),
    ("export FOO_API_KEY={}", "export FOO_API_KEY=[redacted:secret]"),
    ("FOO_API_KEY={}\nBAR=1", "FOO_API_KEY=[redacted:secret]\nBAR=1"),
    ("api_key: {} # prod", "api_key: [redacted:secret] # prod"),
    ("const apiKey = '{}';", "const apiKey = '[redacted:secret]';"),
    ("const apiKey: string = '{}';", "const apiKey: string = '[redacted:secret]';"),
    ("let token: &'static str = \"{}\";", "let token: &'static str = \"[redacted:secret]\";"),
    ("token := `{}`", "token := `[redacted:secret]`"),
    ("if secret == \"{}\" {", "if secret == \"[redacted:secret]\" {"),
    ("config[\"secret_key\"] = \"{}\"", "config[\"secret_key\"] = \"[redacted:secret]\""),
    ("SECRET_KEY_BASE={}", "SECRET_KEY_BASE=[redacted:secret]"),
    ("API_KEY_2={}", "API_KEY_2=[redacted:secret]"),
    ("tool --token {} run", "tool --token [redacted:secret] run"),
    ("tool --api-key={} run", "tool --api-key=[redacted:secret] run"),
    ("GET /x?access_token={}&v=1", "GET /x?access_token=[redacted:secret]&v=1"),
    ("<apiKey>{}</apiKey>", "<apiKey>[redacted:secret]</apiKey>"),
    ("set_var(\"API_KEY\", \"{}\")", "set_var(\"API_KEY\", \"[redacted:secret]\")"),
    ("withToken('{}')", "withToken('[redacted:secret]')"),
    ("**Token:** {}", "**Token:** [redacted:secret]"),
    ("| token | {} |", "| token | [redacted:secret] |"),
    ("the api key is {}, keep it", "the api key is [redacted:secret], keep it"),
    ("connect(token={}, retries=3)", "connect(token=[redacted:secret], retries=3)"),
    ("令牌：{}，保密", "令牌：[redacted:secret]，保密"),
    ("credentials = b'{}'", "credentials = b'[redacted:secret]'"),
    ("\"auth\": \"{}\"", "\"auth\": \"[redacted:secret]\""),
    ("_authToken={}", "_authToken=[redacted:secret]"),
    ("\"token\": \"{}", "\"token\": \"[redacted:secret]"),
];

/// Passwords that a label gives away.
pub(crate) const PASSWORDS: &[(&str, &str)] = &[
    ("password: hunter2", "password: [redacted:password]"),
    ("Password: Tr0ub4dor&3\n", "Password: [redacted:password]\n"),
    ("password = \"swordfish\"", "password = \"[redacted:password]\""),
    ("{\"password\":\"p\\\"q\\\"r12\",\"a\":1}", "{\"password\":\"[redacted:password]\",\"a\":1}"),
    (r#"{\"password\":\"pq!r12\",\"a\":1}"#, r#"{\"password\":\"[redacted:password]\",\"a\":1}"#),
    ("DB_PASSWORD=correcthorse", "DB_PASSWORD=[redacted:password]"),
    ("spring.datasource.password=swordfish\n", "spring.datasource.password=[redacted:password]\n"),
    ("MYSQL_PWD='123456'", "MYSQL_PWD='[redacted:password]'"),
    ("export SMTP_PASS=mailman7", "export SMTP_PASS=[redacted:password]"),
    ("dbPass: 'mailman7'", "dbPass: '[redacted:password]'"),
    ("mysql --password=swordfish x", "mysql --password=[redacted:password] x"),
    ("mysql --password hunter22 x", "mysql --password [redacted:password] x"),
    ("my password is hunter2!", "my password is [redacted:password]"),
    ("Server=x;User=a;Password=hunter2;Port=1", "Server=x;User=a;Password=[redacted:password];Port=1"),
    ("?user=a&password=hunter2&x=1", "?user=a&password=[redacted:password]&x=1"),
    ("<password>swordfish</password>", "<password>[redacted:password]</password>"),
    ("user.setPassword(\"hunter22\");", "user.setPassword(\"[redacted:password]\");"),
    ("passphrase: \"p4ss phrase9x7k2q\"", "passphrase: \"[redacted:password]\""),
    ("密码：hunter22，别外传", "密码：[redacted:password]，别外传"),
    ("Пароль: hunter22", "Пароль: [redacted:password]"),
    ("password: pässw0rd", "password: [redacted:password]"),
    ("password=a&b;c,9\n", "password=[redacted:password]\n"),
];
