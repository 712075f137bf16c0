//! How many model tokens a text costs, estimated.
//! It must not know any model's tokenizer: the estimate only has to be safe for budgets.
//! Invariant: monotone in the text's length; never 0 for a non-empty text.

/// Estimated tokens of `text`: 4 bytes a token for ASCII, one token a character beyond it.
///
/// Latin prose measures 4–4.5 bytes a token, code 3–3.5, CJK about one token a character.
pub fn estimate(text: &str) -> usize {
    let ascii = text.bytes().filter(u8::is_ascii).count();
    let beyond = text.chars().filter(|c| !c.is_ascii()).count();
    let latin = ascii.div_ceil(4);
    latin + beyond
}

/// The longest prefix of `text` of at most `tokens` estimated tokens, cut at a character.
pub fn prefix(text: &str, tokens: usize) -> &str {
    let mut quarter_tokens = 0usize;
    for (at, c) in text.char_indices() {
        quarter_tokens += if c.is_ascii() { 1 } else { 4 };
        if quarter_tokens > tokens * 4 {
            return &text[..at];
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_and_cuts() {
        assert_eq!(estimate(""), 0);
        assert_eq!(estimate("abcd"), 1);
        assert_eq!(estimate("日本語"), 3);
        assert_eq!(prefix("abcdefgh", 1), "abcd");
        assert_eq!(prefix("日本語", 2), "日本");
        assert_eq!(prefix("ab", 9), "ab");
    }
}
