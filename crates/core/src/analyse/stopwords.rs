//! The English words that are in every text and therefore find nothing.
//! It must not know stems or scripts: words come lower-cased and unstemmed.
//! Invariant: the list is sorted, in ASCII, without doubles; a test holds it to that.

/// Function words, and the contractions of those ("dont") as they look to people who leave the apostrophe out.
///
/// Three kinds of word that other lists have are missing on purpose. "no", "off", "out", "up" and "down" tell an option
/// from its opposite (`no-std`, "off by one", "log out"); "on" and "in" do too, but every other sentence has them.
/// "before", "after", "first", "last", "never", "always", "all" and "none" are what an engineer remembers about an
/// order of events. "self", "new", "type" and "use" are words of programs. "if", "for", "while", "this" and "not" are
/// words of programs as well, yet far too common to find one by.
#[rustfmt::skip]
pub(super) const STOP_WORDS: [&str; 160] = [
    "a", "about", "also", "am", "an", "and", "any", "are", "arent", "as", "at", "be", "because", "been", "being",
    "both", "but", "by", "can", "cannot", "cant", "could", "couldnt", "did", "didnt", "do", "does", "doesnt", "doing",
    "dont", "each", "either", "else", "etc", "for", "from", "further", "had", "hadnt", "has", "hasnt", "have",
    "havent", "having", "he", "her", "here", "heres", "hers", "herself", "hes", "him", "himself", "his", "how",
    "hows", "i", "if", "im", "in", "into", "is", "isnt", "it", "its", "itself", "ive", "just", "let", "lets", "may",
    "maybe", "me", "might", "mine", "must", "my", "myself", "neither", "nor", "not", "of", "on", "onto", "or", "other",
    "ought", "our", "ours", "ourselves", "quite", "rather", "really", "shall", "she", "shes", "should", "shouldnt",
    "so", "some", "such", "than", "that", "thats", "the", "their", "theirs", "them", "themselves", "then", "there",
    "theres", "these", "they", "theyre", "theyve", "this", "those", "though", "through", "thus", "till", "to", "too",
    "upon", "us", "very", "was", "wasnt", "we", "were", "werent", "weve", "what", "whats", "when", "where", "wheres",
    "whether", "which", "while", "who", "whom", "whose", "why", "will", "with", "wont", "would", "wouldnt", "yet",
    "you", "youd", "youll", "your", "youre", "yours", "yourself", "yourselves", "youve",
];

/// Whether `word`, in lower case, is a stop word.
pub(super) fn contains(word: &str) -> bool {
    STOP_WORDS.binary_search(&word).is_ok()
}
