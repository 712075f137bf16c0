//! Queries of every script and of none, short and endless ones.
//! It must not know the analyser's rules beyond what a person would expect.

use quipu_core::select::{MAX_TERMS, Used};

use super::random::WORDS;
use super::world::{each, note, query};

/// A text, and queries that must find it first.
const SCRIPTS: &[(&str, &[&str])] = &[
    ("データベースがロックされています", &["ロック", "データベース", "されています"]),
    ("这个项目使用单一写入者", &["写入", "项目", "单一写入者"]),
    ("이 프로젝트는 하나의 작성자를 사용합니다", &["프로젝트", "사용합니다"]),
    ("قاعدة البيانات مقفلة الآن", &["البيانات", "مقفلة"]),
    ("डेटाबेस अभी बंद है", &["डेटाबेस", "बंद"]),
    ("База данных заблокирована", &["база", "Заблокирована"]),
    ("Die Größe überschreitet die Schwelle", &["größe", "GRÖSSE ueberschreitet schwelle", "schwelle"]),
    ("Le café est fermé à l'heure", &["cafe", "fermé", "heure"]),
    ("Deployed 🚀 to production", &["production", "deploy 🚀"]),
    ("getUserById fails in user_store.rs:42", &["getUserById", "user", "user_store", "get user by id"]),
    ("error TP1042 at 0x7ffe", &["TP1042", "tp1042", "0x7ffe"]),
    ("see /home/dev/p/src/main.rs", &["main.rs", "/home/dev/p/src/main.rs"]),
];

#[test]
fn every_script_is_found_fresh_and_settled() {
    each(|w| {
        for (text, _) in SCRIPTS {
            w.stored(note(text));
        }
        for round in ["fresh", "settled", "reopened"] {
            for (text, queries) in SCRIPTS {
                for q in *queries {
                    assert_eq!(w.find(q).first().map(String::as_str), Some(*text), "{q}, {round}");
                }
            }
            match round {
                "fresh" => w.settle(),
                _ => w.reopen(),
            }
        }
    });
}

#[test]
fn a_query_without_a_word_finds_nothing_and_says_so_quietly() {
    each(|w| {
        w.stored(note("the and of it is not a falcon"));
        let long_blob = "A1b2".repeat(50_000);
        for q in ["", " \n\t", "the and of it", "?!… — ()", "'", "\"", "\0", "* OR AND NOT (", long_blob.as_str()] {
            for round in 0..2 {
                let answer = w.search(&query(q)).unwrap();
                assert!(answer.hits.is_empty(), "{:?} {round}: {}", &q[..q.len().min(20)], answer.hits.len());
                assert_eq!(answer.fallback, None);
                w.settle();
            }
        }
        assert_eq!(w.find("falcon").len(), 1);
    });
}

#[test]
fn an_endless_query_keeps_its_rarest_words() {
    each(|w| {
        for (n, word) in WORDS.iter().enumerate() {
            // The later a word stands in the list, the fewer memories hold it.
            w.stored(note(&format!("{word} {}", WORDS[..n].join(" "))));
        }
        let unknown: String = (0..9_000).map(|n| format!("unheard{n} ")).collect();
        let q = format!("{unknown} {} the of and {}", WORDS.join(" "), "harbour ".repeat(1_000));
        for _ in 0..2 {
            let answer = w.search(&query(&q)).unwrap();
            let used: Vec<&str> =
                answer.terms.iter().filter(|t| t.used == Used::Yes).map(|t| t.text.as_str()).collect();
            assert_eq!(used.len(), MAX_TERMS);
            assert!(used.iter().any(|term| term.starts_with("pumpkin")) && !used.contains(&"anchor"));
            assert!(answer.terms.iter().filter(|t| t.used == Used::Unknown).count() >= 9_000);
            assert_eq!(answer.hits[0].memory.body.split(' ').next(), Some("pumpkin"));
            w.settle();
        }
    });
}

#[test]
fn terms_are_weighed_over_everything_that_is_stored() {
    each(|w| {
        for n in 0..10 {
            w.stored(note(&format!("falcon {n}")));
        }
        w.settle();
        for n in 0..5 {
            w.stored(note(&format!("falcon and kestrel {n}")));
        }
        for _ in 0..2 {
            let terms = w.search(&query("falcon kestrel dodo")).unwrap().terms;
            let frequencies: Vec<u64> = terms.iter().map(|t| t.document_frequency).collect();
            assert_eq!(frequencies, [15, 5, 0]);
            assert!(terms[1].idf > terms[0].idf);
            w.settle();
        }
    });
}
