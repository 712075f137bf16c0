//! Tokens of infrastructure, vaults and watching; each after its maker's own description.
//! Knows nothing of how a text is searched.

use super::row::Pattern;
use crate::redact::judge::mixed;

pub(super) static ROWS: &[Pattern] = &[
    token!("tailscale-key", "tskey-", "[a-z]{2,12}-[A-Za-z0-9-]{16,}"),
    token!("terraform-token", r"\.atlasv1\.", "[A-Za-z0-9_=-]{50,}"),
    word!("pulumi-token", "pul-", "[a-f0-9]{40}"),
    word!("vault-token", r"hv[sbr]\.", "[A-Za-z0-9_-]{24,}", mixed),
    word!("doppler-token", r"dp\.(?:pt|st|ct|sa|scim|audit)\.", r"[A-Za-z0-9_.-]{40,}"),
    word!("infisical-token", r"st\.[a-f0-9]", r"[a-f0-9]{23}\.[a-f0-9]{32}\.[a-f0-9]{32}"),
    token!("onepassword-token", "ops_eyJ", "[A-Za-z0-9_=-]{40,}"),
    word!(
        "onepassword-secret-key",
        "A3-",
        "[A-Z0-9]{6}-(?:[A-Z0-9]{11}|[A-Z0-9]{6}-[A-Z0-9]{5})-[A-Z0-9]{5}-[A-Z0-9]{5}-[A-Z0-9]{5}"
    ),
    token!("openshift-token", "sha256~", "[A-Za-z0-9_-]{43}"),
    word!("defined-networking-key", "dnkey-", "[A-Za-z0-9_=-]{26}-[A-Za-z0-9_=-]{52}"),
    word!("prefect-key", "pn[ub]_", r"[a-z0-9]{36}(?-u:\b)", mixed),
    word!(
        "launchdarkly-key",
        "(?:api|sdk)-",
        r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}(?-u:\b)"
    ),
    word!("mapbox-token", r"sk\.eyJ", r"[A-Za-z0-9_-]{30,}\.[A-Za-z0-9_-]{16,}"),
    // Okta, "Create an API token": sent as the scheme SSWS.
    word!("okta-token", "SSWS ", "00[A-Za-z0-9_-]{40}"),
    // Watching: Grafana, Sentry, New Relic, Dynatrace, Honeycomb, PostHog, Elastic, ReadMe.
    word!("grafana-token", "gl(?:sa|c)_", "[A-Za-z0-9+/=_]{32,}", mixed),
    token!("sentry-token", "sntry[su]_", "[A-Za-z0-9+/=_-]{40,}"),
    word!("new-relic-key", "NRAK-", "[A-Z0-9]{27}"),
    word!("new-relic-key", "NRII-", "[A-Za-z0-9-]{32}"),
    word!("dynatrace-token", "dt0[a-z][0-9]", r"[0-9]\.[A-Z0-9]{24}\.[A-Z0-9]{64}"),
    word!("honeycomb-key", "hc[abxmi][a-z]{2}_", "[a-z0-9]{50,}"),
    word!("posthog-key", "phx_", "[A-Za-z0-9]{40,}"),
    word!("elastic-key", "essu_", "[A-Za-z0-9+/=_-]{40,}"),
    word!("readme-key", "rdme_", "[a-z0-9]{60,}"),
];
