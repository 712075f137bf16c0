//! Table tests of the redaction: what is replaced, what is kept, and the bounds on time.
//! Knows no real key: every secret is put together at run time, so that scanners leave this file alone.
//! Invariant: each case is also checked to be settled, so redacting its result changes nothing.
//! size: a table of cases, kept beside each other so that a new pattern finds its neighbours.

use std::time::{Duration, Instant};

use super::*;

/// `len` characters of `alphabet`, in an order that looks random and is always the same.
fn noise(alphabet: &str, len: usize) -> String {
    let letters: Vec<char> = alphabet.chars().collect();
    let mut state = 7usize;
    let mut next = || {
        state = (state * 1_103_515_245 + 12_345) % (1 << 31);
        letters[(state >> 8) % letters.len()]
    };
    (0..len).map(|_| next()).collect()
}

fn alnum(len: usize) -> String {
    noise("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789", len)
}

fn upper(len: usize) -> String {
    noise("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", len)
}

fn lower(len: usize) -> String {
    noise("abcdefghijklmnopqrstuvwxyz0123456789", len)
}

fn hex(len: usize) -> String {
    noise("0123456789abcdef", len)
}

#[track_caller]
fn check(input: &str, expect: &str) {
    let (text, found) = redact(input);
    assert_eq!(text, expect, "of {input:?}");
    let replaced = expect.matches("[redacted:").count() - input.matches("[redacted:").count();
    assert_eq!(found.iter().map(|f| f.count as usize).sum::<usize>(), replaced, "of {input:?}");
    let (again, more) = redact(expect);
    assert_eq!(again, expect, "the second time");
    assert!(more.is_empty() && matches!(again, Cow::Borrowed(_)), "{more:?}");
}

#[track_caller]
fn keep(input: &str) {
    check(input, input);
}

/// Checks a token where transcripts have it: alone, in prose, quoted, behind an escaped line end, in
/// a query, coloured, next to text without spaces and assigned to a name that says nothing.
#[track_caller]
fn token(label: &str, token: &str) {
    let frames = [
        "{}",
        "it is {} here",
        "x = \"{}\"",
        r"a\n{}\nb",
        "curl https://h/p?v={}",
        "\u{1b}[32m{}\u{1b}[0m",
        "钥匙是{}。",
        "FOO={}",
        "(`{}`)",
        "a,{},b",
    ];
    for frame in frames {
        check(&frame.replace("{}", token), &frame.replace("{}", &format!("[redacted:{label}]")));
    }
}

#[test]
fn tokens_with_a_prefix() {
    token("aws-access-key-id", &format!("{}IA{}", "AK", upper(16)));
    token("aws-access-key-id", &format!("{}IA{}", "AS", upper(16)));
    token("aws-bedrock-key", &format!("{}SK{}", "AB", alnum(120)));
    for kind in ["p", "o", "u", "s", "r"] {
        token("github-token", &format!("gh{kind}_{}", alnum(36)));
    }
    token("github-token", &format!("{}s_{}.{}.{}", "gh", alnum(40), alnum(30), alnum(40)));
    token("github-token", &format!("{}_pat_{}_{}", "github", alnum(22), alnum(59)));
    token("gitlab-token", &format!("{}pat-{}", "gl", alnum(20)));
    token("gitlab-token", &format!("{}pat-{}.01.{}", "gl", alnum(40), lower(9)));
    token("gitlab-token", &format!("{}rt-{}", "gl", alnum(20)));
    token("anthropic-api-key", &format!("{}-ant-api03-{}-{}AA", "sk", alnum(50), alnum(41)));
    token("anthropic-api-key", &format!("{}-ant-oat01-{}", "sk", alnum(90)));
    token("openai-api-key", &format!("{}-{}T3BlbkFJ{}", "sk", alnum(20), alnum(20)));
    token("openai-api-key", &format!("{}-proj-{}_{}", "sk", alnum(60), alnum(60)));
    token("openai-api-key", &format!("{}-or-v1-{}", "sk", hex(64)));
    token("google-api-key", &format!("{}za{}", "AI", alnum(35)));
    token("google-oauth-secret", &format!("{}PX-{}", "GOCS", alnum(28)));
    token("google-oauth-token", &format!("{}29.a0{}", "ya", alnum(80)));
    token("slack-token", &format!("{}b-{}-{}-{}", "xox", "123456789012", "1234567890123", alnum(24)));
    token("slack-token", &format!("{}p-{}-{}", "xox", "123456789012", hex(32)));
    token("slack-token", &format!("{}p-1-A{}-{}-{}", "xap", upper(10), "1234567890", hex(64)));
    token("stripe-key", &format!("{}_live_{}", "sk", alnum(24)));
    token("stripe-key", &format!("{}_live_{}", "rk", alnum(99)));
    token("stripe-key", &format!("{}_test_{}", "sk", alnum(24)));
    token("stripe-webhook-secret", &format!("{}ec_{}", "whs", alnum(32)));
    token("npm-token", &format!("{}m_{}", "np", alnum(36)));
    token("pypi-token", &format!("{}i-AgEI{}", "pyp", alnum(150)));
    token("hugging-face-token", &format!("{}f_{}", "h", noise("ABCDEFGHIJabcdefghij", 34)));
    token("sendgrid-api-key", &format!("{}G.{}.{}", "S", alnum(22), alnum(43)));
    token("digitalocean-token", &format!("{}p_v1_{}", "do", hex(64)));
    token("telegram-bot-token", &format!("{}:{}A{}", "1234567890", "A", alnum(33)));
    token("discord-token", &format!("{}{}.{}.{}", "MT", alnum(24), alnum(6), alnum(38)));
    token("jwt", &format!("{}J{}.{}J{}.{}", "ey", alnum(34), "ey", alnum(60), alnum(43)));
    token("jwt", &format!("{}J{}..{}.{}.{}", "ey", alnum(34), alnum(16), alnum(60), alnum(22)));
    token("vault-token", &format!("{}s.{}", "hv", alnum(90)));
    token("databricks-token", &format!("{}i{}", "dap", hex(32)));
    token("shopify-token", &format!("{}at_{}", "shp", hex(32)));
    token("linear-api-key", &format!("{}n_api_{}", "li", alnum(40)));
    token("notion-token", &format!("{}n_{}", "nt", alnum(46)));
    token("figma-token", &format!("{}d_{}", "fig", alnum(40)));
    token("groq-api-key", &format!("{}k_{}", "gs", alnum(52)));
    token("xai-api-key", &format!("{}i-{}", "xa", alnum(80)));
    token("perplexity-api-key", &format!("{}x-{}", "ppl", alnum(48)));
    token("replicate-token", &format!("{}8_{}", "r", alnum(37)));
    token("docker-token", &format!("{}r_pat_{}", "dck", alnum(27)));
    token("rubygems-key", &format!("{}gems_{}", "ruby", hex(48)));
    token("crates-io-token", &format!("{}o{}", "ci", alnum(32)));
    token("atlassian-token", &format!("{}ATT3{}", "AT", alnum(180)));
    token("terraform-token", &format!(".{}v1.{}", "atlas", alnum(67)));
    token("pulumi-token", &format!("{}l-{}", "pu", hex(40)));
    token("postman-key", &format!("{}AK-{}-{}", "PM", hex(24), hex(34)));
    token("tailscale-key", &format!("{}ey-auth-{}-{}", "tsk", alnum(12), alnum(32)));
    token("planetscale-token", &format!("{}ale_tkn_{}", "psc", alnum(43)));
    token("supabase-key", &format!("{}p_{}", "sb", hex(40)));
    token("heroku-key", &format!("{}KU-{}", "HR", alnum(60)));
    token("fly-token", &format!("{}2_{}", "fm", alnum(120)));
    token("grafana-token", &format!("{}sa_{}_{}", "gl", alnum(32), hex(8)));
    token("sentry-token", &format!("{}ys_{}", "sntr", alnum(64)));
    token("new-relic-key", &format!("{}AK-{}", "NR", upper(27)));
    token("doppler-token", &format!("{}.pt.{}", "dp", alnum(43)));
    token("square-token", &format!("{}0csp-{}", "sq", alnum(43)));
    token("brevo-api-key", &format!("{}sib-{}", "xkey", hex(64)));
    token("mailgun-api-key", &format!("{}y-{}", "ke", hex(32)));
    token("airtable-token", &format!("{}t{}.{}", "pa", alnum(14), hex(64)));
    token("age-secret-key", &format!("{}-SECRET-KEY-1{}", "AGE", upper(58)));
    token("azure-client-secret", &format!("{}Q~{}", 8, alnum(34)));
    token("onepassword-token", &format!("{}s_{}J{}", "op", "ey", alnum(120)));
}

#[test]
fn secrets_that_their_surroundings_give_away() {
    let (key40, sk) = (alnum(40), format!("{}K{}", "S", hex(32)));
    check(&format!("aws_secret_access_key = {key40}\n"), "aws_secret_access_key = [redacted:aws-secret-access-key]\n");
    check(
        &format!(r#"{{"SecretAccessKey": "{key40}", "Expiration": 1}}"#),
        r#"{"SecretAccessKey": "[redacted:aws-secret-access-key]", "Expiration": 1}"#,
    );
    check(&format!("twilio sid {sk} ok"), "twilio sid [redacted:twilio-api-key] ok");
    check(&format!("api_key: {sk}"), "api_key: [redacted:twilio-api-key]");
    check(
        &format!("https://{}.com/services/T0{}/B0{}/{}", "hooks.slack", upper(8), upper(8), alnum(24)),
        "https://hooks.slack.com/services/[redacted:slack-webhook]",
    );
    check(
        &format!("https://discord.com/{}/123456789/{}", "api/webhooks", alnum(68)),
        "https://discord.com/api/webhooks/123456789/[redacted:discord-webhook]",
    );
    check(
        &format!("DefaultEndpointsProtocol=https;AccountName=a;{}Key={}==;B=c", "Account", alnum(86)),
        "DefaultEndpointsProtocol=https;AccountName=a;AccountKey=[redacted:azure-account-key];B=c",
    );
    check(&format!("https://x/y?sv=1&sig={}%3D&se=2", alnum(42)), "https://x/y?sv=1&sig=[redacted:signed-url]&se=2");
    check(
        &format!("1//0{} and Private-Lines: 2\n{}\n{}\nPrivate-MAC: 1", alnum(60), alnum(64), alnum(20)),
        "[redacted:google-refresh-token] and Private-Lines: 2[redacted:private-key]\nPrivate-MAC: 1",
    );
}

#[test]
fn key_blocks() {
    let line = alnum(64);
    for kind in ["", "RSA ", "EC ", "OPENSSH ", "ENCRYPTED "] {
        let (begin, end) =
            (format!("-----{} {kind}PRIVATE KEY-----", "BEGIN"), format!("-----END {kind}PRIVATE KEY-----"));
        let whole = "[redacted:private-key]";
        check(&format!("a\n{begin}\n{line}\n{line}\nabcd==\n{end}\nb"), &format!("a\n{whole}\nb"));
        check(&format!(r#"{{"k":"{begin}\n{line}\n{line}\n{end}\n"}}"#), &format!(r#"{{"k":"{whole}\n"}}"#));
        check(&format!("k: |\n  {begin}\n  {line}\n  {end}\nb: 1"), &format!("k: |\n  {whole}\nb: 1"));
        check(&format!("+{begin}\n+{line}\n+{end}\n+b"), &format!("+{whole}\n+b"));
        // The end is missing: cut by a limit, in the middle of a line, in an escaped string, listed.
        check(&format!("{begin}\n{line}\n{line}\n\nThe rest is prose."), &format!("{whole}\n\nThe rest is prose."));
        check(&format!("{begin}\n{line}\n{}", &line[..9]), whole);
        check(&format!(r"{begin}\n{line}\n{line}... [truncated]"), &format!("{whole}... [truncated]"));
        check(&format!("1\t{begin}\n2\t{line}\n3\t{line}\n4\tlet x = 1;"), &format!("1\t{whole}\n4\tlet x = 1;"));
        check(
            &format!("{begin}\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-256-CBC,00\n\n{line}\n{line}\n# note"),
            &format!("{whole}\n# note"),
        );
        keep(&format!("A file between `{begin}` and `{end}` is a key."));
        keep(&format!("grep -q '{begin}' file && echo yes"));
    }
    let pgp = format!(
        "-----{} PGP PRIVATE KEY BLOCK-----\nVersion: 1\n\n{line}\n=abcd\n-----END PGP PRIVATE KEY BLOCK-----",
        "BEGIN"
    );
    check(&pgp, "[redacted:private-key]");
    keep(&format!("-----BEGIN PUBLIC KEY-----\n{line}\n-----END PUBLIC KEY-----"));
    keep(&format!("-----BEGIN CERTIFICATE-----\n{line}\n-----END CERTIFICATE-----"));
}

#[test]
fn passwords_in_locators_and_headers() {
    let basic = alnum(20);
    for (input, expect) in [
        ("postgres~app:s3cr%40t@db:5432/x", "postgres~app:[redacted:url-password]@db:5432/x"),
        ("postgres~postgres:postgres@localhost/x", "postgres~postgres:[redacted:url-password]@localhost/x"),
        ("redis~:hunter22@cache:6379/0", "redis~:[redacted:url-password]@cache:6379/0"),
        ("amqp~u:p@ss!@h/v", "amqp~u:[redacted:url-password]@h/v"),
        ("https~oauth2:abc123@git.example/r.git", "https~oauth2:[redacted:url-password]@git.example/r.git"),
        ("DATABASE_URL=mysql~r:topf@db/x", "DATABASE_URL=mysql~r:[redacted:url-password]@db/x"),
        ("curl -s -u bob:hunter22 https://h", "curl -s -u bob:[redacted:curl-password] https://h"),
        ("curl --user 'bob:hunter22' https://h", "curl --user 'bob:[redacted:curl-password]' https://h"),
    ] {
        check(&input.replace('~', "://"), &expect.replace('~', "://"));
    }
    for (input, expect) in [
        ("Authorization: Basic {}", "Authorization: Basic [redacted:authorization]"),
        ("authorization: bearer {}", "authorization: bearer [redacted:authorization]"),
        (r#""Authorization": "Bearer {}","#, r#""Authorization": "Bearer [redacted:authorization]","#),
        (r#"{\"Authorization\":\"token {}\"}"#, r#"{\"Authorization\":\"token [redacted:authorization]\"}"#),
        ("-H 'Authorization: Bearer {}'", "-H 'Authorization: Bearer [redacted:authorization]'"),
        ("headers['Authorization'] = 'Bearer {}'", "headers['Authorization'] = 'Bearer [redacted:authorization]'"),
        ("send Bearer {} along", "send Bearer [redacted:bearer-token] along"),
        ("x-api-key: {}", "x-api-key: [redacted:secret]"),
        ("PRIVATE-TOKEN: {}", "PRIVATE-TOKEN: [redacted:secret]"),
    ] {
        check(&input.replace("{}", &basic), expect);
    }
    for input in [
        "http://localhost:3000/@vite/client",
        "http://localhost:3000?mail=a@b.c",
        "postgres://user:password@localhost/db",
        "postgres://${USER}:${PASSWORD}@${HOST}/db",
        "postgresql://{user}:{password}@{host}/db",
        "https://user:<token>@host/x",
        "mysql://root:****@db/x",
        "ssh://git@github.com:22/a/b.git",
        "git@github.com:rust-lang/rust.git",
        "docker run -u 1000:1000 image",
        "curl -u $USER:$PASS https://h",
        "Authorization: Bearer ${TOKEN}",
        "Authorization: Bearer <your-token>",
        "bearer token authentication is described below",
    ] {
        keep(input);
    }
}

#[test]
fn labelled_tokens() {
    let (a, b) = (alnum(24), hex(32));
    for (input, expect) in [
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
    ] {
        check(&input.replace("{}", &a), expect);
        check(&input.replace("{}", &b), expect);
    }
    check(&format!("PRIVATE_KEY=0x{}", hex(64)), "PRIVATE_KEY=[redacted:secret]");
    check("token=550e8400-e29b-41d4-a716-446655440000", "token=[redacted:secret]");
    // A specific name wins over the label's.
    check(&format!("TOKEN={}p_{}", "gh", alnum(36)), "TOKEN=[redacted:github-token]");
    // Text that was redacted in part is finished.
    check(
        &format!("a=[redacted:jwt] token={a} b=[redacted:password]"),
        "a=[redacted:jwt] token=[redacted:secret] b=[redacted:password]",
    );
    keep("token=[redacted:secret] \"password\": \"[redacted:password]\" Bearer [redacted:jwt]");
    keep("https://u:[redacted:url-password]@h [redacted:password]: [redacted:secret]");
}

#[test]
fn labelled_passwords() {
    for (input, expect) in [
        ("password: hunter2", "password: [redacted:password]"),
        ("Password: Tr0ub4dor&3\n", "Password: [redacted:password]\n"),
        ("password = \"swordfish\"", "password = \"[redacted:password]\""),
        ("{\"password\":\"abc 123 x\"}", "{\"password\":\"abc 123 x\"}"),
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
    ] {
        check(input, expect);
    }
}

#[test]
fn placeholders_and_code_are_kept() {
    for input in [
        "token: <your-token>",
        "token=${TOKEN}",
        "TOKEN=$GITHUB_TOKEN",
        "password: \"${DB_PASSWORD}\"",
        "password: {{ vault_password_1 }}",
        "password: ${{ secrets.DB_PASSWORD1 }}",
        "api_key = \"xxxxxxxxxxxxxxxx\"",
        "api_key: your_api_key_1234567",
        "API_KEY=sk-xxxxxxxxxxxxxxxxxxxxxxxx",
        "password: changeme",
        "DB_PASSWORD=changeme",
        "password: ********",
        "PASSWORD=password",
        "const token = process.env.TOKEN;",
        "const s3 = process.env.S3_SECRET_KEY1;",
        "token = os.environ[\"TOKEN\"]",
        "token = os.getenv('GITHUB_TOKEN2')",
        "let token = env::var(\"API_TOKEN\")?;",
        "token: config.token,",
        "password=config.password2",
        "password: None, token: null, secret: true",
        "token: String,",
        "pub token: Option<String>,",
        "password: str",
        "def f(password: str = None, token: Optional[str] = None):",
        "password?: string;",
        "password: Uint8Array",
        "{ password: z.string().min(8) }",
        "let token = lexer.next_token();",
        "let token = self.tokens[i1];",
        "let tok = Token::new(kind, span); match token { Token::Eof => {} }",
        "let token: Token = parser.peek2()?;",
        "token = match_token(&tokens2)",
        "password = getpass.getpass()",
        "password = hashlib.sha256(password)",
        "if token.kind == TokenKind::LBrace2 {",
        "max_tokens: 4096, next_token: 12345678",
        "token_count = 128000; tokens=1234567890",
        "secret: tokens/access-token-v2",
        "secret: projects/my-project-123456/secrets/db1",
        "secret_arn: arn:aws:secretsmanager:eu-west-1:123456789012:secret:db-a1b2c3",
        "on arn:aws:secretsmanager:eu-west-1:123456789012:secret:a1b2c3d4e5",
        "password: op://vault/item1/password2",
        "token_url: https://auth.example.com/oauth2/token123",
        "TOKEN_FILE=/run/secrets/token2",
        "PWD=/home/dev/project2/src",
        "/etc/passwd:root:x:0:0:root:/root:/bin/bash",
        "\"password\": \"Password must have at least 8 characters\"",
        "\"password\": \"Contraseña\", \"password\": \"请输入密码\"",
        "\"password\": \"login.password\", \"password\": \"required\"",
        "PASS: tests/ui/lint12.rs, pass: 1042 passed",
        "fn should_pass(input: &str) { assert_pass(\"a1b2c3\") }",
        ":param Ed25519PrivateKey|X25519PrivateKey key: the key",
        "OnePass::new9(x)",
        "use the --password option or the --token flag",
        "grep token2id src | sort",
        "apiKey: \"AIza...\"",
    ] {
        keep(input);
    }
}

#[test]
fn ordinary_text_is_kept() {
    let image = noise("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/", 4000);
    for input in [
        "".to_owned(),
        format!("commit {}", hex(40)),
        format!("sha256:{} and md5 {}", hex(64), hex(32)),
        format!("checksum = \"{}\"", hex(64)),
        format!("integrity sha512-{}==", alnum(86)),
        "id 550e8400-e29b-41d4-a716-446655440000".to_owned(),
        format!("data:image/png;base64,{image}"),
        format!("![x](data:image/png;base64,{image}=)"),
        "risk-averse-something-very-long and task-force-of-many-people-indeed".to_owned(),
        "class=\"sk-estimator-doc-link sk-toggleable__content-container-1\"".to_owned(),
        "A token is a unit of text; the password policy says: rotate the secret yearly.".to_owned(),
        "Tokens, passwords and API keys: never log them. The secret is out!".to_owned(),
        "/home/dev/.cargo/registry/src/index-1949cf8c6b5b557f/time-0.3.55/src".to_owned(),
        "C:\\Users\\me\\AppData\\Local\\Temp\\a1b2c3d4e5f6".to_owned(),
        "npm_config_registry npm_lifecycle_event hf_hub_download key-value-pairs".to_owned(),
        "src/redact/patterns.rs:42:17: error[E0433]: failed to resolve".to_owned(),
        "记忆守护进程会在写入磁盘前删除密钥。令牌不会被保存。".to_owned(),
        "パスワードを忘れた場合は管理者に連絡してください 🔑🔒".to_owned(),
        "👩‍👩‍👧‍👦 emoji 🔐 token 🎟️ = 🎉🎉🎉🎉🎉🎉🎉🎉".to_owned(),
        "ASIAPACIFICREGIONS and SG.pdf and eyJustice.no.way".to_owned(),
        "cache key: deps-linux-v2-9f86d081884c7d65".to_owned(),
        "2024-01-01T00:00:00Z 192.168.0.1:8080 +1 555 0100 1234:5678".to_owned(),
        "<input type=\"password\" name=\"password\" placeholder=\"Enter\">".to_owned(),
    ] {
        keep(&input);
    }
}

#[test]
fn findings_are_counted_by_label() {
    let (text, found) = redact("password: hunter2, password: hunter3, ftp://a:bcd1@h");
    assert_eq!(text, "password: [redacted:password], password: [redacted:password], ftp://a:[redacted:url-password]@h");
    let counts: Vec<_> = found.iter().map(|f| (f.label, f.count)).collect();
    assert_eq!(counts, [("url-password", 1), ("password", 2)]);
}

#[test]
fn every_row_is_sound() {
    for (row, pattern) in PATTERNS.iter().enumerate() {
        let (Find::Group(expression, _) | Find::Pem(expression) | Find::Labelled(expression, _)) = pattern.find;
        let groups = compiled(row, expression).captures_len();
        assert_eq!(groups > 1, matches!(pattern.find, Find::Group(..)), "{}", pattern.label);
        assert!(MARKER.is_match(&format!("[redacted:{}]", pattern.label)), "{}", pattern.label);
    }
}

/// Mixes fragments of secrets, labels and other scripts: nothing may panic, and all must be settled.
#[test]
fn mixed_fragments_settle() {
    let fragments = [
        format!("{}p_{}", "gh", alnum(36)),
        format!("{}-{}", "sk", alnum(48)),
        format!("{}J{}.{}J{}.", "ey", alnum(20), "ey", alnum(20)),
        format!("-----{} PRIVATE KEY-----", "BEGIN"),
        format!("-----{} PRIVATE KEY-----", "END"),
        alnum(64),
        alnum(12),
        hex(8),
        "password".into(),
        "token".into(),
        "api_key".into(),
        "\"".into(),
        "'".into(),
        "\\".into(),
        "\\\"".into(),
        "\n".into(),
        "=".into(),
        ": ".into(),
        "://".into(),
        ":".into(),
        "@".into(),
        "/".into(),
        "[redacted:jwt]".into(),
        "[redacted:".into(),
        "]".into(),
        " ".into(),
        "Authorization: Bearer ".into(),
        "curl -u ".into(),
        "é".into(),
        "密码".into(),
        "🔑".into(),
        ">".into(),
        "</".into(),
        "&x=".into(),
        "--password ".into(),
        "is ".into(),
        ",".into(),
        "(".into(),
        "a".into(),
        "1".into(),
        "_".into(),
        "-".into(),
        ".".into(),
        "$".into(),
    ];
    let mut state = 42u64;
    for _ in 0..3000 {
        let mut text = String::new();
        for _ in 0..24 {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            text.push_str(&fragments[(state >> 33) as usize % fragments.len()]);
        }
        let (once, _) = redact(&text);
        let (twice, found) = redact(&once);
        assert!(found.is_empty() && once == twice, "{text:?}\n{once:?}\n{twice:?}");
    }
}

/// Long lines that would take minutes if any step went back over them.
#[test]
fn long_lines_take_linear_time() {
    for unit in [
        "token=",
        "token:",
        "password=\"",
        "password=\\\"",
        "token is ",
        "--password ",
        "api_key",
        "eyJ",
        "eyJa.",
        "sk-",
        "://a:",
        "://a:b@",
        concat!("-----BEGIN ", "PRIVATE KEY-----"),
        concat!("-----END ", "PRIVATE KEY-----"),
        "curl -u a:",
        "Bearer ",
        "AKIA",
        "ghp_",
        "xoxb-",
        "a",
        "A1",
        "密",
        "token=\\",
        "[redacted:a]",
        "[redacted:",
        "token=a1b2c3d4[redacted:a]",
        "twilio SK0",
        "1:AA",
        ".abcdef.",
        "token=a&",
        "secret: a: ",
        "gh",
        "p_ab1",
        concat!("-----BEGIN ", "PRIVATE KEY-----\nabcdefghijklmnopqrstuvwxyz\n"),
    ] {
        let text = unit.repeat(100_000 / unit.len()) + &")".repeat(100_000);
        let start = Instant::now();
        let (once, _) = redact(&text);
        assert!(start.elapsed() < Duration::from_secs(10), "{unit:?} took {:?}", start.elapsed());
        assert!(once.is_char_boundary(once.len()));
    }
}
