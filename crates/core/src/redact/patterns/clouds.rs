//! Keys of clouds, hosting and databases as a service; each after its maker's own description.
//! Knows nothing of how a text is searched.

use super::row::Pattern;
use crate::redact::judge::{anything, mixed};

pub(super) static ROWS: &[Pattern] = &[
    // AWS, IAM identifiers: unique id prefixes; secrets are 40 characters of base64.
    word!("aws-access-key-id", "(?:AKIA|ASIA|ABIA|ACCA)", r"[A-Z0-9]{16}(?-u:\b)"),
    group!(
        "aws-secret-access-key",
        "(?i-u:secret)",
        r#"(?i-u:secret[_-]?(?:access[_-]?)?key)[\\"'\]\s:=>]{1,12}([A-Za-z0-9/+]{40})(?:[^A-Za-z0-9/+=]|$)"#,
        mixed
    ),
    word!("aws-bedrock-key", "ABSK", "[A-Za-z0-9+/]{100,}={0,2}"),
    word!("aws-mws-key", r"amzn\.mws\.", "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"),
    // Google Cloud, API keys; OAuth 2.0 token size.
    word!("google-api-key", "AIza", "[A-Za-z0-9_-]{35,}"),
    token!("google-oauth-secret", "GOCSPX-", "[A-Za-z0-9_-]{20,}"),
    word!("google-oauth-token", r"ya29\.", "[A-Za-z0-9_-]{20,}"),
    word!("google-refresh-token", "1//0", "[A-Za-z0-9_-]{30,}", mixed),
    // Firebase Cloud Messaging, legacy server keys.
    token!("firebase-server-key", ":APA91b", "[A-Za-z0-9_-]{100,}"),
    // Azure: storage and Service Bus connection strings, client secrets, identifiable keys.
    group!("azure-account-key", "AccountKey=", "AccountKey=([A-Za-z0-9+/]{40,}={0,2})", anything),
    group!("azure-shared-access-key", "SharedAccessKey=", "SharedAccessKey=([A-Za-z0-9+/]{40,}={0,2})", anything),
    token!("azure-client-secret", "[78]Q~", "[A-Za-z0-9_.~-]{31,34}", mixed),
    group!("azure-key", "JQQJ99", concat!(edge!(), r"([A-Za-z0-9]{52}JQQJ99[A-Za-z0-9]{26})(?-u:\b)"), mixed),
    group!("azure-devops-token", "AZDO", concat!(edge!(), r"([A-Za-z0-9]{76}AZDO[A-Za-z0-9]{4})(?-u:\b)"), mixed),
    group!(
        "signed-url",
        r"(?:[?&]sig=|X-(?:Amz|Goog)-Signature=)",
        r"(?:[?&]sig=|X-(?:Amz|Goog)-Signature=)([A-Za-z0-9%+/=_-]{30,})",
        anything
    ),
    // Alibaba Cloud, Tencent Cloud and Yandex Cloud, access keys.
    word!("alibaba-access-key-id", "LTAI", r"[A-Za-z0-9]{20}(?-u:\b)", mixed),
    word!("tencent-secret-id", "AKID", r"[A-Za-z0-9]{32}(?-u:\b)", mixed),
    word!("yandex-api-key", "AQVN", "[A-Za-z0-9_-]{35,38}", mixed),
    word!("digitalocean-token", "do[opr]_v1_", "[a-f0-9]{40,}"),
    word!("cloudflare-origin-key", r"v1\.0-", "[a-f0-9]{24}-[a-f0-9]{140,}"),
    word!("databricks-token", "dapi", "[a-f0-9]{32}(?:-[0-9])?"),
    word!("heroku-key", "HRKU-", "[A-Za-z0-9_-]{30,}"),
    word!("fly-token", "fm[12][a-z]?_", "[A-Za-z0-9+/=_-]{80,}"),
    word!("render-key", "rnd_", r"[A-Za-z0-9]{32}(?-u:\b)"),
    word!("netlify-token", "nf[pcob]_", r"[A-Za-z0-9]{36}(?-u:\b)"),
    word!("vercel-token", "vercel_blob_rw_", "[A-Za-z0-9]{12,}_[A-Za-z0-9]{24,}"),
    word!("scalingo-token", "tk-us-", "[A-Za-z0-9_-]{48}"),
    // Databases as a service.
    word!("planetscale-token", "pscale_(?:tkn|pw|oauth)_", r"[A-Za-z0-9_.=-]{30,}"),
    word!("supabase-key", "sb(?:p_|_secret_)", "[A-Za-z0-9_-]{30,}", mixed),
    word!("neon-key", "napi_", "[a-z0-9]{48,}"),
    word!("mongodb-atlas-secret", "mdb_sa_sk_", "[A-Za-z0-9_-]{40}"),
    word!("cockroachdb-key", "CCDB1_", "[A-Za-z0-9]{22}_[A-Za-z0-9]{40}"),
    word!("aiven-password", "AVNS_", "[A-Za-z0-9_-]{19,}"),
    word!("clickhouse-secret", "4b1d", r"[A-Za-z0-9]{38}(?-u:\b)", mixed),
];
