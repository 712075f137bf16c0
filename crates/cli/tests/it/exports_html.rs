//! The page of `export html` against memories that want to be more than text.
//! It must not know how the page is made.
//! Invariant: the page is taken apart here by a reader of its own, which knows of HTML only what tags and quotes are.

use serde_json::json;

use crate::session::{samples, save_in};
use crate::support::Home;

const HOSTILE: [&str; 8] = [
    "<script>document.title='owned'</script>",
    "</pre></article><img src=x onerror=alert(1)>",
    "\" autofocus onfocus=\"alert(1)\" x=\"",
    "[click](javascript:alert(1)) and javascript:alert(2)",
    "<!-- <svg/onload=alert(3)> --> &lt;b&gt; &#x3c;b&#x3e;",
    "right \u{202e}to left\u{202c} and \u{2066}isolated\u{2069}",
    "\u{1b}[31mred\u{1b}[0m \u{7}bell \u{9b}31m",
    "]]></style></title></script><iframe srcdoc=x>",
];

/// The tags of a page, each with its name and its attributes' names.
fn tags(page: &str) -> Vec<(String, Vec<String>)> {
    let mut found = Vec::new();
    let mut rest = page;
    while let Some(at) = rest.find('<') {
        rest = &rest[at + 1..];
        let name: String = rest.chars().take_while(|c| c.is_ascii_alphanumeric() || "/!".contains(*c)).collect();
        let mut attributes = Vec::new();
        let mut quoted = false;
        let mut word = String::new();
        let mut end = rest.len();
        for (at, c) in rest.char_indices().skip(name.len()) {
            match c {
                '"' => quoted = !quoted,
                '>' if !quoted => {
                    end = at;
                    break;
                }
                _ if quoted => {}
                c if c.is_whitespace() || c == '=' => {
                    if !word.is_empty() {
                        attributes.push(std::mem::take(&mut word));
                    }
                }
                c => word.push(c),
            }
        }
        attributes.extend(Some(word).filter(|word| !word.is_empty()));
        // The inside of a script or style is text up to its end.
        let end_tag = format!("</{name}");
        rest = &rest[end..];
        if name == "script" || name == "style" {
            rest = &rest[rest.find(&end_tag).unwrap_or(rest.len())..];
        }
        found.push((name.to_ascii_lowercase(), attributes));
    }
    found
}

#[test]
fn hostile_memories_are_text() {
    let home = Home::new();
    for (n, text) in HOSTILE.iter().enumerate() {
        home.json(&["save", text, "--title", text, "--keyword", text, "--keyword", &n.to_string()]);
    }
    let hostile = home.root().join("w\"><b onclick=x>&");
    std::fs::create_dir(&hostile).unwrap();
    save_in(&home, &hostile, "in a project with a name");
    let file = home.root().join("page.html");
    let report = home.json(&["export", "html", file.to_str().unwrap(), "--all"]);
    assert_eq!((&report["memories"], &report["of"]), (&json!(9), &json!(9)));
    let page = std::fs::read_to_string(&file).unwrap();
    const TAGS: [&str; 36] = [
        "!doctype", "html", "/html", "head", "/head", "meta", "title", "/title", "style", "/style", "body", "/body",
        "header", "/header", "h1", "/h1", "h2", "/h2", "h3", "/h3", "p", "/p", "nav", "/nav", "ul", "/ul", "li", "/li",
        "a", "/a", "div", "/div", "form", "/form", "script", "/script",
    ];
    const MORE: [&str; 20] = [
        "input", "select", "/select", "option", "/option", "output", "/output", "main", "/main", "section", "/section",
        "small", "/small", "details", "/details", "summary", "/summary", "article", "/article", "pre",
    ];
    const REST: [&str; 5] = ["/pre", "span", "/span", "time", "/time"];
    const ATTRIBUTES: [&str; 22] = [
        "html",
        "lang",
        "charset",
        "http-equiv",
        "content",
        "name",
        "class",
        "id",
        "href",
        "dir",
        "hidden",
        "type",
        "placeholder",
        "aria-label",
        "autocomplete",
        "value",
        "open",
        "datetime",
        "data-kind",
        "rel",
        "for",
        "title",
    ];
    let tags = tags(&page);
    assert_eq!(tags.iter().filter(|(name, _)| name == "article").count(), 9);
    assert_eq!(tags.iter().filter(|(name, _)| name == "script").count(), 1);
    for (name, attributes) in &tags {
        let known = TAGS.iter().chain(&MORE).chain(&REST).any(|tag| tag == name);
        assert!(known, "<{name}> came from a memory");
        assert!(attributes.iter().all(|a| ATTRIBUTES.contains(&a.as_str())), "<{name} {attributes:?}>");
    }
    for banned in ["href=\"javascript", "\u{202e}", "\u{2066}", "\u{1b}", "\u{7}", "\u{9b}"] {
        assert!(!page.contains(banned), "{banned:?}");
    }
    let policy = page.split("Content-Security-Policy\" content=\"").nth(1).unwrap().split('"').next().unwrap();
    assert!(policy.starts_with("default-src 'none'") && !policy.contains("unsafe"), "{policy}");
    assert!(page.contains("&lt;script&gt;document.title=&#39;owned&#39;&lt;/script&gt;"));
}

#[test]
fn the_page_is_the_same_twice_and_says_what_it_leaves_out() {
    let home = samples();
    save_in(&home, &home.work(), "a note");
    let file = home.root().join("page.html");
    let path = file.to_str().unwrap();
    let said = home.quipu(&["export", "html", path, "--all"]).ok();
    assert!(said.contains("memories, ") && said.contains(path), "{said}");
    let page = std::fs::read_to_string(&file).unwrap();
    let piped = home.quipu(&["export", "html", "-", "--all"]);
    assert_eq!((piped.code, piped.stdout == page), (0, true), "twice is once");
    assert!(piped.stderr.contains("memories"));
    let count = |page: &str, what: &str| page.matches(what).count();
    assert!(count(&page, "<article ") > 110 && count(&page, "<section ") > 1 && count(&page, "<details") > 3);
    assert_eq!(count(&page, "<section "), count(&page, "</section>"));
    assert_eq!(count(&page, "<details"), count(&page, "</details>"));
    let few = home.json(&["export", "html", path, "--all", "--limit", "7"]);
    assert_eq!(few["memories"], 7);
    let page = std::fs::read_to_string(&file).unwrap();
    assert_eq!(count(&page, "<article "), 7);
    assert!(page.contains("the newest 7 of"), "it says so");
    assert_eq!(home.quipu(&["export", "html", path, "--limit", "0"]).code, 2);
    // Of nothing there is a page too.
    let empty = home.quipu(&["export", "html", "-", "--kind", "risk"]).ok();
    assert!(empty.contains("0 memories") && empty.ends_with("</html>\n"), "{empty}");
}
