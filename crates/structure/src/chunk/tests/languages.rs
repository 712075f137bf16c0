//! Every language: a function that fits is not cut, members of one too large stay whole, broken code still tiles.

use super::*;

/// A language, a function (or method) with `§` for its number and `$` for its statements, one statement, and what
/// stands before and after a list of them in one item.
struct Sample {
    language: Language,
    function: &'static str,
    statement: &'static str,
    around: (&'static str, &'static str),
}

const SAMPLES: [Sample; 10] = [
    Sample {
        language: Language::Rust,
        function: "    /// Says it.\n    #[inline]\n    pub fn f§(&self, a: u32) -> u32 {\n$        a\n    }\n",
        statement: "        self.call(a, \"text\");\n\n",
        around: ("//! Why.\n\nimpl Thing {\n", "}\n"),
    },
    Sample {
        language: Language::Python,
        function: "    @property\n    def f§(self, a):\n        \"\"\"Says it.\"\"\"\n$        return a\n",
        statement: "        self.call(a, 'text')\n\n",
        around: ("class Thing(Base):\n    '''Why.'''\n\n", ""),
    },
    Sample {
        language: Language::TypeScript,
        function: "  /** Says it. */\n  @logged()\n  async f§(a: number): Promise<number> {\n$    return a;\n  }\n",
        statement: "    this.call(a, `text ${a}`);\n\n",
        around: ("export class Thing<T> extends Base {\n", "}\n"),
    },
    Sample {
        language: Language::Tsx,
        function: "  // Says it.\n  f§(a: number) {\n$    return <p className=\"a\">{a}</p>;\n  }\n",
        statement: "    this.call(a, <b>text</b>);\n\n",
        around: ("export default class Thing extends React.Component {\n", "}\n"),
    },
    Sample {
        language: Language::JavaScript,
        function: "  // Says it.\n  f§(a) {\n$    return a;\n  }\n",
        statement: "    this.call(a, () => 'text');\n\n",
        around: ("class Thing {\n", "}\n"),
    },
    Sample {
        language: Language::Go,
        function: "// F§ says it.\nfunc (t *Thing) F§(a int) int {\n$\treturn a\n}\n",
        statement: "\tt.Call(a, \"text\")\n\n",
        around: ("package thing\n\nimport (\n\t\"fmt\"\n)\n\n", ""),
    },
    Sample {
        language: Language::Java,
        function: "    /** Says it. */\n    @Override\n    public int f§(int a) throws Exception {\n$        return a;\n    }\n",
        statement: "        this.call(a, \"text\");\n\n",
        around: ("package a;\n\npublic class Thing {\n", "}\n"),
    },
    Sample {
        language: Language::C,
        function: "/* Says it. */\nstatic int f§(int a)\n{\n$    return a;\n}\n",
        statement: "    call(a, \"text\");\n\n",
        around: ("#ifndef A_H\n#define A_H\n", "#endif\n"),
    },
    Sample {
        language: Language::Cpp,
        function: "  // Says it.\n  template <typename T> int f§(T a) const {\n$    return a;\n  }\n",
        statement: "    std::call<T>(a, \"text\");\n\n",
        around: ("namespace a {\nclass Thing : public Base {\n public:\n", "};\n}  // namespace a\n"),
    },
    Sample {
        language: Language::Bash,
        function: "# Says it.\nf§() {\n$    return 0\n}\n",
        statement: "    call \"$a\" <<< \"text $(date)\"\n\n",
        around: ("#!/usr/bin/env bash\nset -euo pipefail\n\n", ""),
    },
];

impl Sample {
    fn function(&self, number: usize, statements: usize) -> String {
        self.function.replace('§', &number.to_string()).replace('$', &self.statement.repeat(statements))
    }

    /// Functions with these numbers of statements, in one item.
    fn text(&self, statements: &[usize]) -> String {
        let functions: Vec<String> = (0..).zip(statements).map(|(number, n)| self.function(number, *n)).collect();
        format!("{}{}{}", self.around.0, functions.join("\n"), self.around.1)
    }
}

#[test]
fn a_function_that_fits_is_not_cut() {
    for sample in &SAMPLES {
        let sizes = [20, 1, 25, 2, 3, 60, 24, 1, 1, 26, 12, 15];
        let text = sample.text(&sizes);
        let parts = check(&text, Class::Code, Some(sample.language));
        for (number, statements) in (0..).zip(sizes) {
            let function = sample.function(number, statements);
            let fits = tokens::estimate(&function) <= MAX_TOKENS;
            assert_eq!(fits, statements != 60, "{:?} {statements}", sample.language);
            let whole = parts.iter().any(|part| part.contains(function.trim_end()));
            assert_eq!(whole, fits, "{:?} f{number}\n{parts:#?}", sample.language);
        }
        let crumbs = parts.iter().filter(|part| tokens::estimate(part) < CRUMB_TOKENS).count();
        assert!(crumbs <= 1, "{:?}\n{parts:#?}", sample.language);
    }
}

#[test]
fn a_function_that_does_not_fit_is_cut_between_statements() {
    for sample in &SAMPLES {
        let text = sample.text(&[200]);
        let parts = check(&text, Class::Code, Some(sample.language)).into_iter().skip(1);
        let first = sample.statement.trim();
        for part in parts {
            let begins = part.trim_start();
            assert!(begins.starts_with(first) || begins.len() < 40, "{:?}\n{part}", sample.language);
        }
    }
}

#[test]
fn numbered_lines_are_cut_as_the_code_behind_the_numbers() {
    for sample in &SAMPLES {
        let sizes = [14, 15, 1, 16, 13];
        let text = sample.text(&sizes);
        let number = |text: &str, first: usize| -> String {
            (first..).zip(text.lines()).map(|(number, line)| format!("{number:>6}→{line}\n")).collect()
        };
        let numbered = number(&text, 1);
        let parts = check(&numbered, Class::Code, Some(sample.language));
        for (at, statements) in (0..).zip(sizes) {
            let function = sample.function(at, statements);
            let before = text.find(&function).map_or(0, |at| text[..at].lines().count());
            let function = number(function.trim_end(), before + 1);
            assert!(parts.iter().any(|part| part.contains(&function)), "{:?} f{at}\n{parts:#?}", sample.language);
        }
    }
}

#[test]
fn code_cut_short_tiles_and_keeps_whole_functions_whole() {
    for sample in &SAMPLES {
        let text = sample.text(&[20, 1, 22, 3, 20]);
        // In the middle of a statement's string, of a word, of a comment, without the brackets that close.
        for cut in (1..text.len()).step_by(97).chain([text.len() - 1]) {
            check(&text[..cut], Class::Code, Some(sample.language));
            check(&text[cut..], Class::Code, Some(sample.language));
        }
        let cut = text.rfind("text").expect("every sample has statements with a string") + 2;
        let parts = check(&text[..cut], Class::Code, Some(sample.language));
        let whole = sample.function(2, 22);
        assert!(parts.iter().any(|part| part.contains(whole.trim_end())), "{:?}\n{parts:#?}", sample.language);
    }
}

#[test]
fn code_of_another_language_and_code_too_large_for_a_parser_tile() {
    for sample in &SAMPLES {
        let text = sample.text(&[5; 40]);
        for language in Language::ALL {
            check(&text, Class::Code, Some(language));
        }
    }
    let large = SAMPLES[0].text(&[20; 1_000]);
    assert!(large.len() > crate::limits::PARSE_BYTES);
    check(&large, Class::Code, Some(Language::Rust));
}
