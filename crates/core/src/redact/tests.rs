//! Table tests of the redaction: what is replaced, what is kept, and the bounds on time.
//! Knows no real key: every secret is put together at run time, so that scanners leave this file alone.
//! Invariant: each case is also checked to be settled, so redacting its result changes nothing.
//! size: a table of cases, kept beside each other so that a new pattern finds its neighbours.

use std::time::{Duration, Instant};

use super::samples::{alnum, hex, noise};
use super::*;

fn redact(text: &str) -> (Cow<'_, str>, Vec<Finding>) {
    static BUILT_IN: Redactor = Redactor { own: Vec::new() };
    BUILT_IN.redact(text)
}

#[track_caller]
fn check(input: &str, expect: &str) {
    let (text, found) = redact(input);
    assert_eq!(text, expect, "of {input:?}");
    let marks = |text: &str| text.matches("[redacted:").count() + text.matches("[private]").count();
    let replaced = marks(expect) - marks(input);
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
    samples::tokens().iter().for_each(|(label, text)| token(label, text));
}

#[test]
fn every_sample_is_redacted_and_every_row_has_one() {
    let mut rows = vec![false; PATTERNS.len()];
    for sample in samples::all() {
        check(&sample.text, &sample.expect);
        let secrets = sample.secrets();
        assert!(!secrets.is_empty() && secrets.iter().all(|secret| sample.text.contains(secret)), "{sample:?}");
        let all = Redactor::default();
        all.scan(&sample.text, &hints::rows(&sample.text)).iter().for_each(|span| rows[span.rule] = true);
    }
    let without = PATTERNS.iter().zip(rows).filter(|(_, has)| !has).map(|(row, _)| row.label);
    assert_eq!(without.collect::<Vec<_>>(), [] as [&str; 0], "rows without a sample");
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
fn what_looks_like_a_password_in_a_locator_is_kept() {
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
    let a = alnum(24);
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
fn placeholders_and_code_are_kept() {
    for input in [
        "{\"password\":\"abc 123 x\"}",
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

/// What has the beginning, the alphabet or the length of a token, and is none.
#[test]
fn near_misses_are_kept() {
    let (uuid, sha) = (samples::uuid(), hex(40));
    for input in [
        format!("re_{} and RE_{}", "compile_all", "COMPILE"),
        format!("key_{sha} pk_live_{} API-{}", hex(10), "KEYS-AND-TOKENS"),
        format!(
            "{{\"integrity\": \"sha512-{}==\", \"resolved\": \"https://registry.example/a/-/a-1.0.0.tgz\"}}",
            alnum(86)
        ),
        format!("checksum = \"{}\"\nname = \"tokio\"\nversion = \"1.54.1\"", hex(64)),
        format!("sha1-{}= h1:{}= sha256:{}", alnum(27), alnum(43), hex(64)),
        format!("{sha} refs/heads/main\ncommit {sha}\nMerge: {} {}", hex(7), hex(9)),
        format!("session {uuid}, request {uuid}, trace {}", hex(32)),
        format!("api-{} sdk-{} and launch api-v1-{}", "reference", "for-java", hex(8)),
        format!("v1.0-{} v1.public-api-of-the-library v2.local", hex(8)),
        "Cookie: consent=yes; theme=dark-mode-by-default".to_owned(),
        "cookies: { name=session, secure=true }".to_owned(),
        "machine learning login page password reset".to_owned(),
        "mysql -u root -p db < dump.sql; mysqldump -p --all-databases".to_owned(),
        "docker run -p 8080:80 image; ssh -p 2222 host; mkdir -p a/b; docker login -p $TOKEN r".to_owned(),
        "redis-cli -h localhost ping; unzip -P \"$PW\" a.zip; openssl req -passin env:PW".to_owned(),
        "git commit -p; cargo test -p quipu-core; psql -p 5432; sshpass -p \"$PW\" ssh h".to_owned(),
        format!("tk_button tk_window_configure fc-list fc-cache-{} pa-{}", hex(8), "rameters"),
        "$1$ and $2 and $5 cheap, costs $6 to $7$ a month".to_owned(),
        "EAAAlarm EAASY 00Data 4b1dfeed oy2 AKCp cmVm LTAI NRII-".to_owned(),
        format!("test_{} live_{} test_parses_the_third_line_of_a_file_1", "parses_a_line_of_thirty_letters", "reload"),
        format!("secret_{} and secret_names_are_never_shown_to_anyone_1", "store"),
        "prefect pnu_ pnb_name figd_ phx_server essu_ rdme_ tfp_ hcaik_".to_owned(),
        format!("static noise: {}", noise("abcdef0123456789", 300)),
        "MTAxMjM0.abc.def MDTest.case.name NDEBUG.value.here OTHER.method().call".to_owned(),
        format!("SKIPPED SK1234 TASK0123 DISK{}", "0123abc"),
        "const hash = '$2b$10$'; // bcrypt prefix".to_owned(),
        format!("all-MiniLM-L6-v2 {} model.safetensors", hex(64)),
        format!("xprv_is_a_prefix zprvate nsec1 RWRTY0Iy LS0tLS1CRUdJTiBDRVJUSUZJQ0FURS0tLS0t{}", alnum(60)),
        format!("\"d\": \"M{} 0 1\", \"kty\": 1", "10 10 L 20 20 A 5 5 0 1"),
    ] {
        keep(&input);
    }
}

#[test]
fn own_patterns_are_rules_like_others() {
    let own =
        |texts: &[&str]| Redactor::new(texts.iter().map(|text| OwnPattern::parse(text).expect("a pattern")).collect());
    for (patterns, said, kept) in [
        (&["ticket=ACME-[0-9]{3,}"][..], "see ACME-1234 and ACME-1", "see [redacted:ticket] and ACME-1"),
        (&["host=(?i)\\b([a-z]+)\\.corp\\b"], "on Build.corp now", "on [redacted:host].corp now"),
        (&["a=x+", "b=y+"], "xx yy", "[redacted:a] [redacted:b]"),
        // What its owner calls a place says more than the table does.
        (&["mine=hunter[0-9]"], "password: hunter2", "password: [redacted:mine]"),
        // A marker that is there already is not eaten, and what stands round it still goes.
        (&["line=(?m)^hush.*$"], "hush a [redacted:jwt] b\nc", "[redacted:line][redacted:jwt][redacted:line]\nc"),
        (&["word=\\w+"], "a [redacted:jwt]", "[redacted:word] [redacted:jwt]"),
    ] {
        let redactor = own(patterns);
        let (once, _) = redactor.redact(said);
        assert_eq!(once, kept, "{patterns:?}");
        assert_eq!(redactor.redact(&once).0, kept, "{patterns:?}, the second time");
    }
    assert_eq!(redact("see ACME-1234").0, "see ACME-1234");
}

#[test]
fn what_is_private_goes_before_anything_is_looked_for() {
    check_private("a <private>hunter2</private> b", "a [private] b", &[("private", 1)]);
    check_private("password: <private>x</private>", "password: [private]", &[("private", 1)]);
    check_private(
        "password: hunter2 <private>",
        "password: [redacted:password] [private]",
        &[("private", 1), ("password", 1)],
    );
}

#[track_caller]
fn check_private(said: &str, kept: &str, counts: &[(&str, u32)]) {
    let (text, found) = redact(said);
    assert_eq!(text, kept, "{said}");
    assert_eq!(found.iter().map(|f| (&*f.label, f.count)).collect::<Vec<_>>(), counts, "{said}");
    assert_eq!(redact(&text).0, kept, "{said}, the second time");
}

#[test]
fn findings_are_counted_by_label() {
    let (text, found) = redact("password: hunter2, password: hunter3, ftp://a:bcd1@h");
    assert_eq!(text, "password: [redacted:password], password: [redacted:password], ftp://a:[redacted:url-password]@h");
    let counts: Vec<_> = found.iter().map(|f| (&*f.label, f.count)).collect();
    assert_eq!(counts, [("url-password", 1), ("password", 2)]);
}

#[test]
fn every_row_is_sound() {
    for (row, pattern) in PATTERNS.iter().enumerate() {
        let (Find::Group(expression, _)
        | Find::Beside(_, expression, _)
        | Find::Pem(expression)
        | Find::Labelled(expression, _)) = pattern.find;
        let groups = compiled(row, expression).captures_len();
        let grouped = matches!(pattern.find, Find::Group(..) | Find::Beside(..));
        assert_eq!(groups, if grouped { 2 } else { 1 }, "{}", pattern.label);
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
        "<private>",
        "<private a=\"",
        "\\u003cprivate ",
        "</private>",
        "cookie: a=",
        "machine a login b ",
        "mysql -p",
        "$2b$10$",
        "\"kty\"\"d\":\"",
        "MTA.",
        "0/1",
        concat!("-----BEGIN ", "PRIVATE KEY-----\nabcdefghijklmnopqrstuvwxyz\n"),
    ] {
        let text = unit.repeat(100_000 / unit.len()) + &")".repeat(100_000);
        let start = Instant::now();
        let (once, _) = redact(&text);
        assert!(start.elapsed() < Duration::from_secs(10), "{unit:?} took {:?}", start.elapsed());
        assert!(once.is_char_boundary(once.len()));
    }
}
