//! Secrets of every kind, each in a text of its own, and what the text has to become.
//! Knows neither the table nor the redaction: the redaction's tests take it from here, and so do those of the binary.
//! Invariant: every secret is put together at run time, so that scanners leave this file alone.
//! size: a table of cases, kept beside each other so that a new pattern finds its neighbours.

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
        assert_eq!(expect.matches("[redacted:").count(), 1, "{expect}");
        Self { text, expect: expect.to_owned() }
    }

    /// What of the text may be nowhere. Of a key block that is its body: its first line may be spoken of.
    pub(crate) fn secrets(&self) -> Vec<&str> {
        let from = self.expect.find("[redacted:").unwrap_or(0);
        let after = self.expect[from..].find(']').map_or(0, |at| self.expect.len() - from - at - 1);
        let secret = &self.text[from..self.text.len() - after];
        if !secret.contains("PRIVATE KEY") {
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
    all
}

/// Tokens that their own form gives away, each with its label.
pub(crate) fn tokens() -> Vec<(&'static str, String)> {
    vec![
        ("aws-access-key-id", format!("{}IA{}", "AK", upper(16))),
        ("aws-access-key-id", format!("{}IA{}", "AS", upper(16))),
        ("aws-bedrock-key", format!("{}SK{}", "AB", alnum(120))),
        ("github-token", format!("{}p_{}", "gh", alnum(36))),
        ("github-token", format!("{}o_{}", "gh", alnum(36))),
        ("github-token", format!("{}u_{}", "gh", alnum(36))),
        ("github-token", format!("{}s_{}", "gh", alnum(36))),
        ("github-token", format!("{}r_{}", "gh", alnum(36))),
        ("github-token", format!("{}s_{}.{}.{}", "gh", alnum(40), alnum(30), alnum(40))),
        ("github-token", format!("{}_pat_{}_{}", "github", alnum(22), alnum(59))),
        ("gitlab-token", format!("{}pat-{}", "gl", alnum(20))),
        ("gitlab-token", format!("{}pat-{}.01.{}", "gl", alnum(40), lower(9))),
        ("gitlab-token", format!("{}rt-{}", "gl", alnum(20))),
        ("anthropic-api-key", format!("{}-ant-api03-{}-{}AA", "sk", alnum(50), alnum(41))),
        ("anthropic-api-key", format!("{}-ant-oat01-{}", "sk", alnum(90))),
        ("openai-api-key", format!("{}-{}T3BlbkFJ{}", "sk", alnum(20), alnum(20))),
        ("openai-api-key", format!("{}-proj-{}_{}", "sk", alnum(60), alnum(60))),
        ("openai-api-key", format!("{}-or-v1-{}", "sk", hex(64))),
        ("google-api-key", format!("{}za{}", "AI", alnum(35))),
        ("google-oauth-secret", format!("{}PX-{}", "GOCS", alnum(28))),
        ("google-oauth-token", format!("{}29.a0{}", "ya", alnum(80))),
        ("slack-token", format!("{}b-{}-{}-{}", "xox", "123456789012", "1234567890123", alnum(24))),
        ("slack-token", format!("{}p-{}-{}", "xox", "123456789012", hex(32))),
        ("slack-token", format!("{}p-1-A{}-{}-{}", "xap", upper(10), "1234567890", hex(64))),
        ("stripe-key", format!("{}_live_{}", "sk", alnum(24))),
        ("stripe-key", format!("{}_live_{}", "rk", alnum(99))),
        ("stripe-key", format!("{}_test_{}", "sk", alnum(24))),
        ("stripe-webhook-secret", format!("{}ec_{}", "whs", alnum(32))),
        ("npm-token", format!("{}m_{}", "np", alnum(36))),
        ("pypi-token", format!("{}i-AgEI{}", "pyp", alnum(150))),
        ("hugging-face-token", format!("{}f_{}", "h", noise("ABCDEFGHIJabcdefghij", 34))),
        ("sendgrid-api-key", format!("{}G.{}.{}", "S", alnum(22), alnum(43))),
        ("digitalocean-token", format!("{}p_v1_{}", "do", hex(64))),
        ("telegram-bot-token", format!("{}:{}A{}", "1234567890", "A", alnum(33))),
        ("discord-token", format!("{}{}.{}.{}", "MT", alnum(24), alnum(6), alnum(38))),
        ("jwt", format!("{}J{}.{}J{}.{}", "ey", alnum(34), "ey", alnum(60), alnum(43))),
        ("jwt", format!("{}J{}..{}.{}.{}", "ey", alnum(34), alnum(16), alnum(60), alnum(22))),
        ("vault-token", format!("{}s.{}", "hv", alnum(90))),
        ("databricks-token", format!("{}i{}", "dap", hex(32))),
        ("shopify-token", format!("{}at_{}", "shp", hex(32))),
        ("linear-api-key", format!("{}n_api_{}", "li", alnum(40))),
        ("notion-token", format!("{}n_{}", "nt", alnum(46))),
        ("figma-token", format!("{}d_{}", "fig", alnum(40))),
        ("groq-api-key", format!("{}k_{}", "gs", alnum(52))),
        ("xai-api-key", format!("{}i-{}", "xa", alnum(80))),
        ("perplexity-api-key", format!("{}x-{}", "ppl", alnum(48))),
        ("replicate-token", format!("{}8_{}", "r", alnum(37))),
        ("docker-token", format!("{}r_pat_{}", "dck", alnum(27))),
        ("rubygems-key", format!("{}gems_{}", "ruby", hex(48))),
        ("crates-io-token", format!("{}o{}", "ci", alnum(32))),
        ("atlassian-token", format!("{}ATT3{}", "AT", alnum(180))),
        ("terraform-token", format!(".{}v1.{}", "atlas", alnum(67))),
        ("pulumi-token", format!("{}l-{}", "pu", hex(40))),
        ("postman-key", format!("{}AK-{}-{}", "PM", hex(24), hex(34))),
        ("tailscale-key", format!("{}ey-auth-{}-{}", "tsk", alnum(12), alnum(32))),
        ("planetscale-token", format!("{}ale_tkn_{}", "psc", alnum(43))),
        ("supabase-key", format!("{}p_{}", "sb", hex(40))),
        ("heroku-key", format!("{}KU-{}", "HR", alnum(60))),
        ("fly-token", format!("{}2_{}", "fm", alnum(120))),
        ("grafana-token", format!("{}sa_{}_{}", "gl", alnum(32), hex(8))),
        ("sentry-token", format!("{}ys_{}", "sntr", alnum(64))),
        ("new-relic-key", format!("{}AK-{}", "NR", upper(27))),
        ("doppler-token", format!("{}.pt.{}", "dp", alnum(43))),
        ("square-token", format!("{}0csp-{}", "sq", alnum(43))),
        ("brevo-api-key", format!("{}sib-{}", "xkey", hex(64))),
        ("mailgun-api-key", format!("{}y-{}", "ke", hex(32))),
        ("airtable-token", format!("{}t{}.{}", "pa", alnum(14), hex(64))),
        ("age-secret-key", format!("{}-SECRET-KEY-1{}", "AGE", upper(58))),
        ("azure-client-secret", format!("{}Q~{}", 8, alnum(34))),
        ("onepassword-token", format!("{}s_{}J{}", "op", "ey", alnum(120))),
    ]
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
    ]
    .into_iter()
    .map(|(text, expect)| Sample::new(text, expect))
    .collect()
}

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
