//! Keys of those who serve models; each after its maker's own description.
//! Knows nothing of how a text is searched.

use super::row::Pattern;
use crate::redact::judge::{long_run, mixed};

pub(super) static ROWS: &[Pattern] = &[
    word!("anthropic-api-key", "sk-ant-", "[A-Za-z0-9_-]{20,}"),
    word!("langfuse-key", "sk-lf-", "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"),
    word!("openai-api-key", "sk-(?:proj|svcacct|admin)-", "[A-Za-z0-9_-]{20,}", mixed),
    // OpenAI's older keys, DeepSeek, OpenRouter, Stability and others.
    word!("openai-api-key", "sk-", "[A-Za-z0-9_-]{20,}", long_run),
    word!("hugging-face-token", "(?:hf|api_org)_", "[A-Za-z0-9]{30,}"),
    word!("groq-api-key", "gsk_", "[A-Za-z0-9]{40,}"),
    word!("xai-api-key", "xai-", "[A-Za-z0-9]{60,}"),
    word!("perplexity-api-key", "pplx-", "[A-Za-z0-9]{40,}"),
    word!("replicate-token", "r8_", "[A-Za-z0-9]{37,}"),
    word!("nvidia-api-key", "nvapi-", "[A-Za-z0-9_-]{60,}"),
    word!("cerebras-api-key", "csk-", "[a-z0-9]{40,}", mixed),
    word!("together-api-key", "tgp_v1_", "[A-Za-z0-9_-]{40,}"),
    word!("fireworks-api-key", "fw_", r"[A-Za-z0-9]{22,24}(?-u:\b)", mixed),
    word!("elevenlabs-api-key", "sk_", r"[a-f0-9]{48}(?-u:\b)"),
    word!("voyage-api-key", "pa-", "[A-Za-z0-9_-]{43}", mixed),
    word!("jina-api-key", "jina_", "[a-f0-9]{32}[A-Za-z0-9_-]{24,}"),
    word!("pinecone-api-key", "pcsk_", "[A-Za-z0-9_]{60,}"),
    word!("langsmith-api-key", "lsv2_(?:pt|sk)_", "[a-f0-9]{32}_[a-f0-9]{10}"),
    word!("tavily-api-key", "tvly-", "(?:dev-|prod-)?[A-Za-z0-9]{20,}", mixed),
    word!("firecrawl-api-key", "fc-", r"[a-f0-9]{32}(?-u:\b)", mixed),
    word!("e2b-api-key", "e2b_", r"[a-f0-9]{40}(?-u:\b)"),
    word!("friendli-token", "flp_", "[A-Za-z0-9]{40,}"),
    word!("runpod-api-key", "rpa_", "[A-Z0-9]{40}[A-Za-z0-9]{0,8}"),
    word!("cursor-api-key", "(?:crsr|key)_", r"[a-f0-9]{64}(?-u:\b)"),
    word!("logfire-token", "pylf_v[0-9]_", "[a-z]{2}_[A-Za-z0-9]{40,}"),
];
