//! Heads of requests, and what the guard says of each.

use axum::http::Request;

use super::*;

const GOOD: [(&str, &str); 2] = [("host", "127.0.0.1:7777"), ("authorization", "Bearer sesame")];

/// The code of the fault, or `ok`, for `GOOD` with `headers` over it; an empty value takes one out.
fn judged(method: &str, target: &str, headers: &[(&str, &str)]) -> String {
    let mut request = Request::builder().method(method).uri(target);
    for (name, value) in GOOD.iter().filter(|(name, _)| headers.iter().all(|(other, _)| other != name)) {
        request = request.header(*name, *value);
    }
    for (name, value) in headers.iter().filter(|(_, value)| !value.is_empty()) {
        request = request.header(*name, *value);
    }
    let (head, ()) = request.body(()).expect("a request").into_parts();
    match Guard::new(7777, "sesame").admit(&head) {
        Ok(()) => "ok".to_owned(),
        Err(fault) => {
            assert!(fault.hint.is_some(), "{} has no cure", fault.code);
            fault.code
        }
    }
}

#[test]
fn heads_are_judged() {
    const JSON: (&str, &str) = ("content-type", "application/json");
    const LONG: (&str, &str) = ("content-length", "2");
    for (method, target, headers, expect) in [
        ("GET", "/v1/health", &[][..], "ok"),
        ("GET", "/v1/health", &[("host", "localhost:7777")], "ok"),
        ("GET", "/v1/health", &[("host", "[::1]:7777")], "ok"),
        // The host, before anything else.
        ("GET", "/v1/health", &[("host", "")], "wrong_host"),
        ("GET", "/v1/health", &[("host", "evil.example")], "wrong_host"),
        ("GET", "/v1/health", &[("host", "evil.example:7777")], "wrong_host"),
        ("GET", "/v1/health", &[("host", "127.0.0.1")], "wrong_host"),
        ("GET", "/v1/health", &[("host", "127.0.0.1:7778")], "wrong_host"),
        ("GET", "/v1/health", &[("host", "127.0.0.1:7777.evil.example")], "wrong_host"),
        ("GET", "/v1/health", &[("host", "localhost:7777"), ("host", "localhost:7777")], "wrong_host"),
        ("GET", "http://evil.example/v1/health", &[], "wrong_host"),
        ("GET", "http://127.0.0.1:7777/v1/health", &[], "wrong_host"),
        ("GET", "/v1/health", &[("host", "evil.example"), ("authorization", "")], "wrong_host"),
        // Pages.
        ("GET", "/v1/health", &[("origin", "http://127.0.0.1:7777")], "ok"),
        ("GET", "/v1/health", &[("origin", "http://localhost:7777")], "ok"),
        ("GET", "/v1/health", &[("origin", "https://127.0.0.1:7777")], "wrong_origin"),
        ("GET", "/v1/health", &[("origin", "http://localhost:3000")], "wrong_origin"),
        ("GET", "/v1/health", &[("origin", "null")], "wrong_origin"),
        ("GET", "/v1/health", &[("origin", "https://evil.example"), ("authorization", "")], "wrong_origin"),
        ("GET", "/v1/health", &[("sec-fetch-site", "none")], "ok"),
        ("GET", "/v1/health", &[("sec-fetch-site", "same-origin")], "ok"),
        ("GET", "/v1/health", &[("sec-fetch-site", "same-site")], "cross_site"),
        ("POST", "/v1/search", &[("sec-fetch-site", "cross-site"), ("content-type", "text/plain")], "cross_site"),
        ("OPTIONS", "/v1/search", &[("origin", "https://evil.example")], "wrong_origin"),
        // The token.
        ("GET", "/v1/health", &[("authorization", "")], "no_token"),
        ("GET", "/v1/health", &[("authorization", "Basic sesame")], "no_token"),
        ("GET", "/v1/health", &[("authorization", "Bearer")], "no_token"),
        ("GET", "/v1/health", &[("authorization", "Bearer ")], "wrong_token"),
        ("GET", "/v1/health", &[("authorization", "Bearer sesam")], "wrong_token"),
        ("GET", "/v1/health", &[("authorization", "Bearer sesamee")], "wrong_token"),
        ("GET", "/v1/health", &[("authorization", "Bearer Sesame")], "wrong_token"),
        ("GET", "/v1/health", &[("authorization", "bearer sesame")], "ok"),
        ("GET", "/v1/health?token=sesame", &[("authorization", "")], "token_in_url"),
        ("GET", "/v1/health?a=1&access_token=sesame", &[], "token_in_url"),
        // Paths.
        ("GET", "/", &[], "ok"),
        ("GET", "//v1/health", &[], "bad_path"),
        ("GET", "/v1//health", &[], "bad_path"),
        ("GET", "/v1/health/", &[], "bad_path"),
        ("GET", "/v1/../v1/health", &[], "bad_path"),
        ("GET", "/v1/./health", &[], "bad_path"),
        ("GET", "/v1/%2e%2e/v1/health", &[], "bad_path"),
        ("GET", "/v1%2fhealth", &[], "bad_path"),
        ("GET", "/v1/memories/a%00", &[], "bad_path"),
        ("GET", "/v1/memories/a\\b", &[], "bad_path"),
        ("GET", "/v1/memories/018f-7.a_b~c", &[], "ok"),
        // Bodies.
        ("POST", "/v1/search", &[JSON], "ok"),
        ("POST", "/v1/search", &[("content-type", "Application/JSON; charset=utf-8")], "ok"),
        ("POST", "/v1/search", &[], "ok"),
        ("POST", "/v1/search", &[LONG], "not_json"),
        ("POST", "/v1/search", &[("content-type", "text/plain"), LONG], "not_json"),
        ("POST", "/v1/search", &[("content-type", "application/json-patch"), LONG], "not_json"),
        ("POST", "/v1/search", &[JSON, LONG], "ok"),
        ("PATCH", "/v1/memories/1", &[("content-type", "application/x-www-form-urlencoded"), LONG], "not_json"),
        ("DELETE", "/v1/memories/1", &[], "ok"),
        ("DELETE", "/v1/memories/1", &[("content-length", "2")], "not_json"),
        ("GET", "/v1/health", &[("transfer-encoding", "chunked")], "not_json"),
    ] {
        assert_eq!(judged(method, target, headers), expect, "{method} {target} {headers:?}");
    }
    let long = |n: usize| format!("/v1/{}", "x".repeat(n));
    assert_eq!(judged("GET", &long(MAX_TARGET - 4), &[]), "ok");
    assert_eq!(judged("GET", &long(MAX_TARGET - 3), &[]), "path_too_long");
}

#[test]
fn a_new_token_shuts_the_old_one_out() {
    let guard = Guard::new(1, "old");
    let with = |token: &str| {
        let mut headers = HeaderMap::new();
        headers.insert(header::AUTHORIZATION, format!("Bearer {token}").parse().expect("a header"));
        guard.token(&headers).is_ok()
    };
    assert!(with("old") && !with("new"));
    guard.rotate("new");
    assert!(with("new") && !with("old"));
}
