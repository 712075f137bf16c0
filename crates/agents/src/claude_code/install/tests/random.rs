//! Files nobody would write: made at random, with remarks, commas and white space in every place.

use super::*;

/// A small generator with a seed: the same files every time.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        // Xorshift: good enough to choose shapes.
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % sides
    }
    fn pick<'a>(&mut self, from: &[&'a str]) -> &'a str {
        from[usize::try_from(self.roll(from.len() as u64)).expect("small")]
    }
}

/// White space and remarks.
fn blank(dice: &mut Dice) -> &'static str {
    let plain = ["", "", "", " ", "\n", "\n  ", "\r\n\t", "  "];
    if dice.roll(6) > 0 { dice.pick(&plain) } else { dice.pick(&["/* } */", " // ]\n", "/*\n*/ ", "\n// \"\n//\n"]) }
}

fn list(dice: &mut Dice, brackets: (char, char), members: Vec<String>) -> String {
    let mut out = String::from(brackets.0);
    let count = members.len();
    for (at, member) in members.into_iter().enumerate() {
        out += blank(dice);
        out += &member;
        out += blank(dice);
        if at + 1 < count || dice.roll(5) == 0 {
            out.push(',');
        }
    }
    out += blank(dice);
    out.push(brackets.1);
    out
}

fn named(dice: &mut Dice, name: &str, value: &str) -> String {
    format!("\"{name}\"{}:{}{value}", blank(dice), blank(dice))
}

fn group(dice: &mut Dice) -> String {
    let handlers = (0..dice.roll(3)).map(|_| {
        let command = dice.pick(&["first", "quipu search", "/bin/sh -c 'quipu'"]).to_owned();
        let members = vec![named(dice, "type", "\"command\""), named(dice, "command", &format!("\"{command}\""))];
        list(dice, ('{', '}'), members)
    });
    let handlers = handlers.collect();
    let handlers = list(dice, ('[', ']'), handlers);
    let mut members = vec![named(dice, "hooks", &handlers)];
    if dice.roll(2) == 0 {
        members.insert(0, named(dice, "matcher", "\"*\""));
    }
    list(dice, ('{', '}'), members)
}

fn settings(dice: &mut Dice) -> String {
    let mut members = Vec::new();
    for name in ["model", "env", "a", "hooks", "b"] {
        match (name, dice.roll(3)) {
            (_, 0) => {}
            ("hooks", _) => {
                let mut events = Vec::new();
                for event in ["Stop", "Setup", "SessionEnd"] {
                    if dice.roll(2) == 0 {
                        let groups = (0..dice.roll(3)).map(|_| group(dice)).collect();
                        let groups = list(dice, ('[', ']'), groups);
                        events.push(named(dice, event, &groups));
                    }
                }
                let events = list(dice, ('{', '}'), events);
                members.push(named(dice, "hooks", &events));
            }
            _ => {
                let value = dice.pick(&["1", "\"opus\"", "[ ]", "{\"x\":[1,2,{}]}", "null"]);
                members.push(named(dice, name, value));
            }
        }
    }
    format!("{}{}{}", blank(dice), list(dice, ('{', '}'), members), blank(dice))
}

#[test]
fn whatever_is_there_goes_in_and_out_again() {
    for seed in 1..=1_500u64 {
        let text = settings(&mut Dice(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15)));
        let name = format!("seed {seed}: {text:?}");
        check(&name, &text, Emptiness::Some);
        let installed = put(&text);
        // Not knowing what was there: empty lists may go with ours, and nothing else.
        let out = uninstall(&installed, None).expect("reads").unwrap_or_default();
        assert!(inspect(&out).is_ok_and(|found| found.entries.is_empty()) && is_kept(&out, &text), "{name}\n{out}");
        // Written anew by the host meanwhile, as it does when somebody changes a setting there.
        let rewritten = serde_json::to_string_pretty(&meaning(&installed)).expect("writes");
        let out = uninstall(&rewritten, Some(&text)).expect("reads").unwrap_or_default();
        assert_eq!(meaning(&out), meaning(&text), "{name}\n{out}");
    }
}
