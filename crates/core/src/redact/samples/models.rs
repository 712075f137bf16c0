//! Tokens of those who serve models, each with its label.
//! Knows no real one.
//! Invariant: put together at run time, so that scanners leave this file alone.

use super::{alnum, hex, lower, noise, upper, uuid};

pub(super) fn tokens() -> Vec<(&'static str, String)> {
    vec![
        ("anthropic-api-key", format!("{}-ant-api03-{}-{}AA", "sk", alnum(50), alnum(41))),
        ("anthropic-api-key", format!("{}-ant-oat01-{}", "sk", alnum(90))),
        ("openai-api-key", format!("{}-{}T3BlbkFJ{}", "sk", alnum(20), alnum(20))),
        ("openai-api-key", format!("{}-proj-{}_{}", "sk", alnum(60), alnum(60))),
        ("openai-api-key", format!("{}-or-v1-{}", "sk", hex(64))),
        ("hugging-face-token", format!("{}f_{}", "h", noise("ABCDEFGHIJabcdefghij", 34))),
        ("groq-api-key", format!("{}k_{}", "gs", alnum(52))),
        ("xai-api-key", format!("{}i-{}", "xa", alnum(80))),
        ("perplexity-api-key", format!("{}x-{}", "ppl", alnum(48))),
        ("replicate-token", format!("{}8_{}", "r", alnum(37))),
        ("langfuse-key", format!("{}-lf-{}", "sk", uuid())),
        ("nvidia-api-key", format!("{}pi-{}", "nva", alnum(64))),
        ("cerebras-api-key", format!("{}k-{}", "cs", lower(48))),
        ("together-api-key", format!("{}p_v1_{}", "tg", alnum(43))),
        ("fireworks-api-key", format!("{}w_{}", "f", alnum(24))),
        ("elevenlabs-api-key", format!("{}k_{}", "s", hex(48))),
        ("voyage-api-key", format!("{}a-{}", "p", alnum(43))),
        ("jina-api-key", format!("{}na_{}{}", "ji", hex(32), alnum(28))),
        ("pinecone-api-key", format!("{}sk_{}_{}", "pc", alnum(6), alnum(60))),
        ("langsmith-api-key", format!("{}v2_pt_{}_{}", "ls", hex(32), hex(10))),
        ("tavily-api-key", format!("{}ly-dev-{}", "tv", alnum(32))),
        ("firecrawl-api-key", format!("{}c-{}", "f", hex(32))),
        ("e2b-api-key", format!("{}b_{}", "e2", hex(40))),
        ("friendli-token", format!("{}p_{}", "fl", alnum(46))),
        ("runpod-api-key", format!("{}a_{}", "rp", upper(40))),
        ("cursor-api-key", format!("{}sr_{}", "cr", hex(64))),
        ("logfire-token", format!("{}f_v1_us_{}", "pyl", alnum(43))),
    ]
}
