//! What the analyser makes of texts, one case per line, across scripts.
//! It must not know how it does it; the invariants that hold for any text are in `properties`.
//! Invariant: every expectation is the full list of terms, in order.

mod properties;

use super::stopwords;
use super::{Analyser, query_terms};

/// The terms of `input`, in order, doubles included.
fn terms(input: &str) -> Vec<String> {
    let mut terms = Vec::new();
    Analyser::new().terms(input, |term| terms.push(term.text.to_owned()));
    terms
}

#[track_caller]
fn check(input: &str, expected: &[&str]) {
    assert_eq!(terms(input), expected, "{input:?}");
}

#[test]
fn english() {
    check("", &[]);
    check(" \t\r\n.,;:!?", &[]);
    check("The quick brown foxes jumped", &["quick", "brown", "fox", "jump"]);
    check("Running runs run RUN", &["run", "run", "run", "run"]);
    check("It is what it is", &[]);
    check("log out, no retry, off by one", &["log", "out", "no", "retri", "off", "one"]);
    check("C and R, x = 1", &["c", "r", "x", "1"]);
    check("the DATABASE's migrations", &["databas", "migrat"]);
}

#[test]
fn apostrophes() {
    check("don't can't won't isn't", &[]);
    check("dont wont", &[]);
    check("user's users' user’s USER'S", &["user", "user", "user", "user"]);
    check("we'll they're I'd could've I'm", &[]);
    check("it’s what don’t does", &[]);
    check("O'Brien rock'n'roll", &["brien", "rock", "roll"]);
    check("'quoted' f'hello' &'static str", &["quot", "hello", "static", "str"]);
    check("1990's", &["1990"]);
    check("don'ts", &["don", "ts"]);
}

#[test]
fn identifiers() {
    check("getUserById", &["getuserbyid", "get", "user", "id"]);
    check("HTTPServerError", &["httpservererror", "http", "server", "error"]);
    check("snake_case_name", &["snake_case_name", "snake", "case", "name"]);
    check("MAX_RETRY_COUNT", &["max_retry_count", "max", "retri", "count"]);
    check("kebab-case-name", &["kebab", "case", "name"]);
    check("__init__ _private _", &["init", "privat"]);
    check("a_b x_1", &["a_b", "x_1", "1"]);
    check("XMLHttpRequest", &["xmlhttprequest", "xml", "http", "request"]);
    check("URLs APIs IPv4 userIDs", &["url", "api", "ipv4", "userid", "user", "id"]);
    check("iPhone GitHub", &["iphon", "phone", "github", "git", "hub"]);
    check("fooBar_bazQux", &["foobar_bazqux", "foo", "bar", "baz", "qux"]);
    check("Vec<HashMap<String, u8>>", &["vec", "hashmap", "hash", "map", "string", "u8"]);
    check("std::fs::read_to_string()", &["std", "fs", "read_to_string", "read", "string"]);
    check("naïveÉlan", &["naiveelan", "naiv", "elan"]);
    check("обработатьЗапрос", &["обработатьзапрос", "обработать", "запрос"]);
}

#[test]
fn numbers_and_codes() {
    check("E0277 TS2345 ORA-00942", &["e0277", "ts2345", "ora", "00942"]);
    check("0x1f 0x1F 0xDEADbeef", &["0x1f", "0x1f", "0xdeadbeef"]);
    check("404 v1.2.3", &["404", "v1", "2", "3"]);
    check(
        "utf8 sha256sum x86_64 Utf8Error",
        &["utf8", "sha256sum", "x86_64", "x86", "64", "utf8error", "utf8", "error"],
    );
    check("SIGKILL (exit code 137)", &["sigkil", "exit", "code", "137"]);
    check("2026-01-31T09:30Z", &["2026", "01", "31t09", "30z"]);
    check("deadbeefcafe1234", &["deadbeefcafe1234"]);
    check("key_xK9f2QmZ7pLw3RtB8vNc", &["key_xk9f2qmz7plw3rtb8vnc"]);
}

#[test]
fn paths() {
    check("src/store/writer.rs", &["src", "store", "writer", "rs"]);
    check("a.b.c", &["b", "c"]);
    check("~/.config/Foo/bar_baz.toml:12", &["config", "foo", "bar_baz", "bar", "baz", "toml", "12"]);
    check(r"C:\Users\me", &["c", "user"]);
    check("https://example.com/a?b=1#frag", &["https", "exampl", "com", "b", "1", "frag"]);
    check("user@example.com", &["user", "exampl", "com"]);
}

#[test]
fn european_scripts() {
    check("café cafe CAFÉ cafe\u{301}", &["cafe", "cafe", "cafe", "cafe"]);
    check("L'été à l’école, aujourd'hui", &["ete", "a", "ecol", "aujourd", "hui"]);
    check("thé the", &["the"]);
    check("Straße STRASSE Größe", &["strass", "strass", "gross"]);
    check("œuvre ÆON smørrebrød Łódź", &["oeuvr", "aeon", "smorrebrod", "lodz"]);
    check("İstanbul KIRMIZI kırmızı", &["istanbul", "kirmizi", "kirmizi"]);
    check("Việt Nam đường", &["viet", "nam", "duong"]);
    check("ΣΊΣΥΦΟΣ Σίσυφος ΣΙΣΥΦΟΣ", &["σισυφοσ", "σισυφοσ", "σισυφοσ"]);
    check("Ошибка В Файле", &["ошибка", "в", "файле"]);
    check("ещё ЕЩЕ йод", &["еще", "еще", "йод"]);
    check("п'ять об’єкт", &["пять", "обєкт"]);
    check("dž Ǆ ﬁle", &["dz", "dz", "file"]);
}

#[test]
fn abjads_and_indic() {
    check("قاعدة البيانات", &["قاعدة", "البيانات"]);
    check("كـتـاب", &["كتاب"]);
    check("كِتَاب", &["كِتَاب"]);
    check("می\u{200C}خواهم", &["میخواهم"]);
    check("שלום עולם", &["שלום", "עולם"]);
    check("שָׁלוֹם", &["שָׁלוֹם"]);
    check("צה״ל צ'יפס", &["צהל", "ציפס"]);
    check("हिन्दी में त्रुटि", &["हिन्दी", "में", "त्रुटि"]);
    check("தமிழ் மொழி", &["தமிழ்", "மொழி"]);
}

#[test]
fn east_asian() {
    check("数据库", &["数据", "据库"]);
    check("库", &["库"]);
    check("修复了Rust的bug。", &["修复", "复了", "rust", "的", "bug"]);
    check("第3章", &["第", "3", "章"]);
    check("日本語テスト", &["日本", "本語", "語テ", "テス", "スト"]);
    check("読み込みエラー", &["読み", "み込", "込み", "みエ", "エラ", "ラー"]);
    check("ガラス", &["ガラ", "ラス"]);
    check("ｶﾞﾗｽ", &["ガラ", "ラス"]);
    check("か\u{3099}き", &["がき"]);
    check("アウト・プット", &["アウ", "ウト", "プッ", "ット"]);
    check("데이터 베이스", &["데이", "이터", "베이", "이스"]);
    check("\u{1112}\u{1161}\u{11AB}국", &["한국"]);
    check("𠮷野家", &["𠮷野", "野家"]);
    check("葛\u{E0100}城", &["葛城"]);
    check("ＡＢＣ１２３　ｕｓｅｒｓ", &["abc123", "user"]);
    check("㍿", &["株式", "式会", "会社"]);
}

#[test]
fn southeast_asian() {
    check("ที่นี่", &["ที่นี่"]);
    check("ภาษาไทย", &["ภา", "าษ", "ษา", "าไ", "ไท", "ทย"]);
    check("พบ error ใน log", &["พบ", "error", "ใน", "log"]);
    check("ພາສາລາວ", &["ພາ", "າສ", "ສາ", "າລ", "ລາ", "າວ"]);
    check("ខ្មែរ", &["ខ្មែ", "មែរ"]);
    check("မြန်မာ", &["မြန်", "န်မာ"]);
    check("ไทย中文", &["ไท", "ทย", "中文"]);
}

#[test]
fn symbols() {
    check("🚀 ship it 👍🏽", &["🚀", "ship", "👍"]);
    check("❤️✓", &["❤", "✓"]);
    check("👨‍👩‍👧", &["👨", "👩", "👧"]);
    check("1️⃣", &["1"]);
    check("a → b — c … “d”", &["b", "c", "d"]);
    check("Intel™ 10µs x² ½", &["intel", "10μs", "x2", "1", "2"]);
    check("co\u{AD}operate zero\u{200B}width", &["cooper", "zero", "width"]);
    check("\u{301}\u{FE0F}\u{200D}", &[]);
}

#[test]
fn long_words_are_cut_and_blobs_dropped() {
    let digest = "0123456789abcdef".repeat(4);
    check(&digest, &[&digest]);
    check(&digest.repeat(2), &[&digest]);
    check(&"é1".repeat(50), &[&"e1".repeat(32)]);
    check(&"ж".repeat(50), &[&"ж".repeat(32)]);
    check(&format!("before {} after", "x".repeat(1_000_000)), &["befor", "after"]);
    check(&format!("before {} after", "ж".repeat(1_000_000)), &["befor", "after"]);
    check(&format!("e{}f", "\u{307}".repeat(100_000)), &["ef"]);
    check(&format!("и{}", "\u{300}".repeat(100_000)), &[]);
    let image = "iVBORw0KGgoAAAANSUhEUgAAAAEA1/9hAAAC+0lEQVR4nGNgYGBg".repeat(20_000);
    check(&format!("data:image/png;base64,{image} end"), &["data", "imag", "png", "base64", "end"]);
    let name = "very_long_name".repeat(6);
    assert_eq!(terms(&name)[0], name[..64]);
}

#[test]
fn query_terms_are_distinct_in_order() {
    assert_eq!(query_terms("users of the user getUser"), ["user", "getus", "get"]);
    assert!(query_terms("").is_empty());
}

#[test]
fn stop_words_are_sorted_ascii() {
    assert!(stopwords::STOP_WORDS.is_sorted_by(|left, right| left < right));
    assert!(stopwords::STOP_WORDS.iter().all(|word| word.bytes().all(|byte| byte.is_ascii_lowercase())));
    assert!(["no", "off", "out"].iter().all(|word| !stopwords::contains(word)));
}
