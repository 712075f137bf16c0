//! Tokens of infrastructure, vaults and watching, each with its label.
//! Knows no real one.
//! Invariant: put together at run time, so that scanners leave this file alone.

use super::{alnum, hex, lower, upper, uuid};

pub(super) fn tokens() -> Vec<(&'static str, String)> {
    vec![
        ("vault-token", format!("{}s.{}", "hv", alnum(90))),
        ("terraform-token", format!(".{}v1.{}", "atlas", alnum(67))),
        ("pulumi-token", format!("{}l-{}", "pu", hex(40))),
        ("tailscale-key", format!("{}ey-auth-{}-{}", "tsk", alnum(12), alnum(32))),
        ("grafana-token", format!("{}sa_{}_{}", "gl", alnum(32), hex(8))),
        ("sentry-token", format!("{}ys_{}", "sntr", alnum(64))),
        ("new-relic-key", format!("{}AK-{}", "NR", upper(27))),
        ("doppler-token", format!("{}.pt.{}", "dp", alnum(43))),
        ("onepassword-token", format!("{}s_{}J{}", "op", "ey", alnum(120))),
        ("infisical-token", format!("{}t.{}.{}.{}", "s", hex(24), hex(32), hex(32))),
        (
            "onepassword-secret-key",
            format!("{}3-{}-{}-{}", "A", upper(6), upper(6), [upper(5), upper(5), upper(5), upper(5)].join("-")),
        ),
        ("openshift-token", format!("{}56~{}", "sha2", alnum(43))),
        ("defined-networking-key", format!("{}key-{}-{}", "dn", alnum(26), alnum(52))),
        ("prefect-key", format!("{}u_{}", "pn", lower(36))),
        ("launchdarkly-key", format!("{}k-{}", "sd", uuid())),
        ("mapbox-token", format!("{}.ey{}{}.{}", "sk", "J", alnum(60), alnum(22))),
        ("okta-token", format!("{}WS 00{}", "SS", alnum(40))),
        ("new-relic-key", format!("{}II-{}", "NR", alnum(32))),
        ("dynatrace-token", format!("{}0c01.{}.{}", "dt", upper(24), upper(64))),
        ("honeycomb-key", format!("{}aik_01{}", "hc", lower(56))),
        ("posthog-key", format!("{}x_{}", "ph", alnum(43))),
        ("elastic-key", format!("{}su_{}", "es", alnum(60))),
        ("readme-key", format!("{}me_{}", "rd", lower(70))),
    ]
}
