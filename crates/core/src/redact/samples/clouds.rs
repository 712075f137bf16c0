//! Tokens of clouds, hosting and databases, each with its label.
//! Knows no real one.
//! Invariant: put together at run time, so that scanners leave this file alone.

use super::{alnum, hex, lower, upper, uuid};

pub(super) fn tokens() -> Vec<(&'static str, String)> {
    vec![
        ("aws-access-key-id", format!("{}IA{}", "AK", upper(16))),
        ("aws-access-key-id", format!("{}IA{}", "AS", upper(16))),
        ("aws-bedrock-key", format!("{}SK{}", "AB", alnum(120))),
        ("google-api-key", format!("{}za{}", "AI", alnum(35))),
        ("google-oauth-secret", format!("{}PX-{}", "GOCS", alnum(28))),
        ("google-oauth-token", format!("{}29.a0{}", "ya", alnum(80))),
        ("digitalocean-token", format!("{}p_v1_{}", "do", hex(64))),
        ("databricks-token", format!("{}i{}", "dap", hex(32))),
        ("planetscale-token", format!("{}ale_tkn_{}", "psc", alnum(43))),
        ("supabase-key", format!("{}p_{}", "sb", hex(40))),
        ("heroku-key", format!("{}KU-{}", "HR", alnum(60))),
        ("fly-token", format!("{}2_{}", "fm", alnum(120))),
        ("azure-client-secret", format!("{}Q~{}", 8, alnum(34))),
        ("aws-mws-key", format!("{}.mws.{}", "amzn", uuid())),
        ("firebase-server-key", format!("{}PA91b{}", ":A", alnum(134))),
        ("alibaba-access-key-id", format!("{}AI{}", "LT", alnum(20))),
        ("tencent-secret-id", format!("{}ID{}", "AK", alnum(32))),
        ("yandex-api-key", format!("{}VN{}", "AQ", alnum(36))),
        ("azure-key", format!("{}JQQJ{}{}", alnum(52), "99", alnum(26))),
        ("azure-devops-token", format!("{}AZ{}{}", alnum(76), "DO", alnum(4))),
        ("cloudflare-origin-key", format!("{}.0-{}-{}", "v1", hex(24), hex(146))),
        ("render-key", format!("{}d_{}", "rn", alnum(32))),
        ("netlify-token", format!("{}p_{}", "nf", alnum(36))),
        ("vercel-token", format!("{}_blob_rw_{}_{}", "vercel", alnum(16), alnum(32))),
        ("scalingo-token", format!("{}-us-{}", "tk", alnum(48))),
        ("neon-key", format!("{}i_{}", "nap", lower(64))),
        ("mongodb-atlas-secret", format!("{}_sa_sk_{}", "mdb", alnum(40))),
        ("cockroachdb-key", format!("{}B1_{}_{}", "CCD", alnum(22), alnum(40))),
        ("aiven-password", format!("{}NS_{}", "AV", alnum(19))),
        ("clickhouse-secret", format!("{}1d{}", "4b", alnum(38))),
    ]
}
