//! Programming languages whose syntax is known here, by the names people give them.
//! It must not know how code is cut.
//! Invariant: a name that is not in a table is no language, rather than a guess.

/// A language with a grammar.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Language {
    /// Rust.
    Rust,
    /// Python.
    Python,
    /// TypeScript.
    TypeScript,
    /// TypeScript with elements in it.
    Tsx,
    /// JavaScript, with elements in it or without.
    JavaScript,
    /// Go.
    Go,
    /// Java.
    Java,
    /// C.
    C,
    /// C++, and headers that might be either.
    Cpp,
    /// Bash and the shells like it.
    Bash,
}

impl Language {
    /// Every language.
    pub const ALL: [Language; 10] = [
        Language::Rust,
        Language::Python,
        Language::TypeScript,
        Language::Tsx,
        Language::JavaScript,
        Language::Go,
        Language::Java,
        Language::C,
        Language::Cpp,
        Language::Bash,
    ];

    /// The language of a file, by its extension (or, for shells, its whole name).
    pub fn of_path(path: &str) -> Option<Self> {
        let name = path.rsplit(['/', '\\']).next().unwrap_or(path);
        if matches!(name, ".bashrc" | ".bash_profile" | ".profile" | ".zshrc" | "PKGBUILD") {
            return Some(Language::Bash);
        }
        let (_, extension) = name.rsplit_once('.')?;
        Some(match extension.to_ascii_lowercase().as_str() {
            "rs" => Language::Rust,
            "py" | "pyi" | "pyw" => Language::Python,
            "ts" | "mts" | "cts" => Language::TypeScript,
            "tsx" => Language::Tsx,
            "js" | "mjs" | "cjs" | "jsx" => Language::JavaScript,
            "go" => Language::Go,
            "java" => Language::Java,
            "c" => Language::C,
            // A C header parses as C++ but for words like `class` used as names; the reverse fails often.
            "h" | "hh" | "hpp" | "hxx" | "cc" | "cpp" | "cxx" | "c++" | "ino" => Language::Cpp,
            "sh" | "bash" | "zsh" | "bats" => Language::Bash,
            _ => return None,
        })
    }

    /// The language of a fenced block, by the first word after its fence.
    pub fn of_tag(tag: &str) -> Option<Self> {
        let word = tag.trim().trim_start_matches(['{', '.']);
        let end = word.find(|c: char| c.is_whitespace() || matches!(c, ',' | '{' | '}' | ':')).unwrap_or(word.len());
        Some(match word[..end].to_ascii_lowercase().as_str() {
            "rust" | "rs" => Language::Rust,
            "python" | "py" | "python3" | "pycon" => Language::Python,
            "typescript" | "ts" => Language::TypeScript,
            "tsx" => Language::Tsx,
            "javascript" | "js" | "jsx" | "node" | "mjs" => Language::JavaScript,
            "go" | "golang" => Language::Go,
            "java" => Language::Java,
            "c" | "h" => Language::C,
            "cpp" | "c++" | "cc" | "cxx" | "hpp" => Language::Cpp,
            "bash" | "sh" | "shell" | "zsh" => Language::Bash,
            _ => return None,
        })
    }

    pub(crate) fn grammar(self) -> tree_sitter::Language {
        match self {
            Language::Rust => tree_sitter_rust::LANGUAGE,
            Language::Python => tree_sitter_python::LANGUAGE,
            Language::TypeScript => tree_sitter_typescript::LANGUAGE_TYPESCRIPT,
            Language::Tsx => tree_sitter_typescript::LANGUAGE_TSX,
            Language::JavaScript => tree_sitter_javascript::LANGUAGE,
            Language::Go => tree_sitter_go::LANGUAGE,
            Language::Java => tree_sitter_java::LANGUAGE,
            Language::C => tree_sitter_c::LANGUAGE,
            Language::Cpp => tree_sitter_cpp::LANGUAGE,
            Language::Bash => tree_sitter_bash::LANGUAGE,
        }
        .into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_files_and_fences() {
        for (path, language) in [
            ("src/a.rs", Some(Language::Rust)),
            ("C:\\work\\a.PY", Some(Language::Python)),
            ("a.test.tsx", Some(Language::Tsx)),
            ("a.d.ts", Some(Language::TypeScript)),
            ("include/a.h", Some(Language::Cpp)),
            (".bashrc", Some(Language::Bash)),
            ("a.rs/README", None),
            ("Makefile", None),
            ("a.", None),
            ("", None),
        ] {
            assert_eq!(Language::of_path(path), language, "{path}");
        }
        for (tag, language) in [
            ("rust", Some(Language::Rust)),
            (" rust,no_run", Some(Language::Rust)),
            ("{.python .numberLines}", Some(Language::Python)),
            ("ts title=\"a.ts\"", Some(Language::TypeScript)),
            ("C++", Some(Language::Cpp)),
            ("text", None),
            ("", None),
        ] {
            assert_eq!(Language::of_tag(tag), language, "{tag}");
        }
    }

    #[test]
    fn every_grammar_is_one_this_parser_reads() {
        for language in Language::ALL {
            let mut parser = tree_sitter::Parser::new();
            assert!(parser.set_language(&language.grammar()).is_ok(), "{language:?}");
        }
    }
}
