//! The command of a hook: recognising quipu's own in the words a shell would see, and writing one.
//! It must not know JSON or which events there are.
//! Invariant: a command that does anything beside running quipu's hook is not ours to change.

use std::ops::Range;

use crate::claude_code::AGENT;

/// What the binary is called; a suffix such as `quipu-0.2` or `quipu.old` is still ours.
const NAME: &str = "quipu";

/// A command that runs quipu's hook.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct OwnCommand {
    /// The program as the shell would read it, but with variables and `~` as they are.
    pub(super) program: String,
    /// Where that word stands in the command.
    pub(super) word: Range<usize>,
}

/// Whether a file of this name can be recognised as quipu later on.
pub fn is_program_name(name: &str) -> bool {
    name.strip_prefix(NAME).is_some_and(|rest| !rest.starts_with(|c: char| c.is_alphanumeric()))
}

/// `program`, quoted where a shell needs that.
pub(super) fn shell_word(program: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "/._-+@%:,=".contains(c);
    if !program.is_empty() && program.chars().all(plain) {
        return program.to_owned();
    }
    format!("'{}'", program.replace('\'', r"'\''"))
}

/// The command that runs `program` as hook.
pub(super) fn command_line(program: &str) -> String {
    format!("{} hook {AGENT}", shell_word(program))
}

/// Reads the shell form: `[NAME=value …] [exec] …/quipu hook claude-code`, then nothing but redirections and `|| true`.
pub(super) fn own(command: &str) -> Option<OwnCommand> {
    let words = words(command)?;
    let at = words.iter().position(|word| !is_prelude(word))?;
    let [program, hook, agent, rest @ ..] = &words[at..] else { return None };
    let is_ours = is_program(program) && hook.text == "hook" && agent.text == AGENT;
    (is_ours && is_harmless(rest)).then(|| OwnCommand { program: program.text.clone(), word: program.range.clone() })
}

/// Reads the exec form: `command` is the program, `args` are its arguments.
pub(super) fn own_exec(command: &str, args: &[&str]) -> Option<OwnCommand> {
    let is_ours = args == ["hook", AGENT] && is_program_name(file_name(command));
    is_ours.then(|| OwnCommand { program: command.to_owned(), word: 0..command.len() })
}

/// Whether quipu's hook stands somewhere in a command that is not ours: it may run twice then.
pub(super) fn mentions(command: &str) -> bool {
    own(command).is_none() && command.contains(NAME) && command.contains(&format!("hook {AGENT}"))
}

fn file_name(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

fn is_program(word: &Word) -> bool {
    !word.has_operator && is_program_name(file_name(&word.text))
}

/// What may stand before the program without doing anything of its own.
fn is_prelude(word: &Word) -> bool {
    let is_assignment = word
        .text
        .split_once('=')
        .is_some_and(|(name, _)| !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_'));
    !word.has_operator && (word.text == "exec" || is_assignment)
}

/// What may follow the arguments: where output goes, and that a failure does not count.
fn is_harmless(rest: &[Word]) -> bool {
    let redirections = rest.iter().take_while(|word| {
        let target = word.text.trim_start_matches(|c: char| c.is_ascii_digit() || c == '&');
        target.strip_prefix(['>', '<']).is_some_and(|file| !file.trim_start_matches(['>', '&']).is_empty())
            && !word.text.contains([';', '|', '(', '`', '$'])
    });
    let after: Vec<&str> = rest[redirections.count()..].iter().map(|word| word.text.as_str()).collect();
    matches!(after[..], [] | ["||", "true" | ":"] | ["||", "exit", "0"])
}

struct Word {
    text: String,
    range: Range<usize>,
    /// Whether something stands in it that ends a command or runs another.
    has_operator: bool,
}

/// The words of a command by a shell's rules for quotes and backslashes; nothing for an open quote.
fn words(command: &str) -> Option<Vec<Word>> {
    let mut found: Vec<Word> = Vec::new();
    let mut word: Option<Word> = None;
    let mut quote = None;
    let mut chars = command.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        if quote.is_none() && c.is_whitespace() {
            // A line break separates commands, it does not only separate words.
            found.extend(word.take());
            if c == '\n' {
                found.push(Word { text: c.to_string(), range: at..at + 1, has_operator: true });
            }
            continue;
        }
        let current = word.get_or_insert_with(|| Word { text: String::new(), range: at..at, has_operator: false });
        match (quote, c) {
            (None, '\'' | '"') => quote = Some(c),
            (Some(open), _) if open == c => quote = None,
            (None, '\\') => current.text.extend(chars.next().map(|(_, next)| next)),
            (Some('"'), '\\') if chars.peek().is_some_and(|(_, next)| "\"\\$`".contains(*next)) => {
                current.text.extend(chars.next().map(|(_, next)| next));
            }
            _ => {
                let substitutes = c == '`' || (c == '(' && current.text.ends_with('$'));
                current.has_operator |= match quote {
                    None => ";|&()<>`".contains(c),
                    Some(open) => open == '"' && substitutes,
                };
                current.text.push(c);
            }
        }
        current.range.end = chars.peek().map_or(command.len(), |(next, _)| *next);
    }
    found.extend(word);
    quote.is_none().then_some(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn own_commands_are_recognised_and_others_are_not() {
        let check = |command: &str, program: Option<&str>| {
            let found = own(command);
            assert_eq!(found.as_ref().map(|own| own.program.as_str()), program, "{command}");
            // What stands in the place of the word is what is replaced.
            let again =
                found.map(|found| format!("{}/new/quipu{}", &command[..found.word.start], &command[found.word.end..]));
            assert!(again.is_none_or(|text| own(&text).is_some_and(|own| own.program == "/new/quipu")), "{command}");
        };
        for (command, program) in [
            ("/usr/local/bin/quipu hook claude-code", "/usr/local/bin/quipu"),
            ("quipu hook claude-code", "quipu"),
            ("  quipu   hook\tclaude-code  ", "quipu"),
            ("'/opt/a b/quipu' hook claude-code", "/opt/a b/quipu"),
            ("\"/opt/a b/quipu\" hook claude-code", "/opt/a b/quipu"),
            ("/opt/a\\ b/quipu hook claude-code", "/opt/a b/quipu"),
            ("'/opt/it'\\''s/quipu' hook claude-code", "/opt/it's/quipu"),
            ("\"$HOME\"/.cargo/bin/quipu hook claude-code", "$HOME/.cargo/bin/quipu"),
            ("~/.cargo/bin/quipu hook claude-code", "~/.cargo/bin/quipu"),
            ("/opt/水/quipu hook claude-code", "/opt/水/quipu"),
            ("/opt/quipu-0.2 hook claude-code", "/opt/quipu-0.2"),
            ("QUIPU_HOME=/q exec /bin/quipu hook claude-code 2>/dev/null || true", "/bin/quipu"),
            ("quipu hook claude-code >>/var/log/q 2>&1", "quipu"),
            ("/opt/a;b/../quipu hook claude-code", ""),
            ("/bin/echo; quipu hook claude-code", ""),
            ("quipu hook claude-code; rm -r x", ""),
            ("quipu hook claude-code | tee x", ""),
            ("quipu hook claude-code\nother", ""),
            ("quipu hook claude-code && other", ""),
            ("quipu hook claude-code 2>/dev/null $(other)", ""),
            ("quipu hook claude-code >$(other)", ""),
            ("\"$(other)/quipu\" hook claude-code", ""),
            ("timeout 2 quipu hook claude-code", ""),
            ("quipu hook codex", ""),
            ("quipu search x", ""),
            ("/opt/quipus hook claude-code", ""),
            ("/opt/not-quipu hook claude-code", ""),
            ("/opt/quipu/run hook claude-code", ""),
            ("'/opt/quipu hook claude-code", ""),
            ("", ""),
        ] {
            check(command, Some(program).filter(|program| !program.is_empty()));
        }
    }

    #[test]
    fn exec_form() {
        assert!(own_exec("/opt/a b/quipu", &["hook", "claude-code"]).is_some());
        assert!(own_exec("/opt/quipu", &["hook", "codex"]).is_none());
        assert!(own_exec("/opt/other", &["hook", "claude-code"]).is_none());
    }

    #[test]
    fn what_is_written_is_recognised_and_read_back() {
        for program in
            ["/usr/bin/quipu", "/a b/quipu", "/it's/quipu", "/$(x)`y`/quipu", "/\"q\"\\/quipu", "/é/\n/quipu"]
        {
            let line = command_line(program);
            assert_eq!(own(&line).map(|own| own.program).as_deref(), Some(program), "{line}");
        }
        assert_eq!(command_line("/usr/bin/quipu"), "/usr/bin/quipu hook claude-code");
    }

    #[test]
    fn quipu_inside_another_command_is_seen() {
        assert!(mentions("timeout 2 /bin/quipu hook claude-code") && mentions("quipu hook claude-code | tee x"));
        assert!(!mentions("quipu hook claude-code") && !mentions("other"));
    }
}
