//! Tokens of code hosts, registries and pipelines, each with its label.
//! Knows no real one.
//! Invariant: put together at run time, so that scanners leave this file alone.

use super::{alnum, hex, lower, upper};

pub(super) fn tokens() -> Vec<(&'static str, String)> {
    vec![
        ("github-token", format!("{}p_{}", "gh", alnum(36))),
        ("github-token", format!("{}o_{}", "gh", alnum(36))),
        ("github-token", format!("{}u_{}", "gh", alnum(36))),
        ("github-token", format!("{}s_{}", "gh", alnum(36))),
        ("github-token", format!("{}r_{}", "gh", alnum(36))),
        ("github-token", format!("{}s_{}.{}.{}", "gh", alnum(40), alnum(30), alnum(40))),
        ("github-token", format!("{}_pat_{}_{}", "github", alnum(22), alnum(59))),
        ("gitlab-token", format!("{}pat-{}", "gl", alnum(20))),
        ("gitlab-token", format!("{}pat-{}.01.{}", "gl", alnum(40), lower(9))),
        ("gitlab-token", format!("{}rt-{}", "gl", alnum(20))),
        ("npm-token", format!("{}m_{}", "np", alnum(36))),
        ("pypi-token", format!("{}i-AgEI{}", "pyp", alnum(150))),
        ("docker-token", format!("{}r_pat_{}", "dck", alnum(27))),
        ("rubygems-key", format!("{}gems_{}", "ruby", hex(48))),
        ("crates-io-token", format!("{}o{}", "ci", alnum(32))),
        ("atlassian-token", format!("{}ATT3{}", "AT", alnum(180))),
        ("postman-key", format!("{}AK-{}-{}", "PM", hex(24), hex(34))),
        ("gitlab-token", format!("{}8941{}", "GR134", alnum(20))),
        ("bitbucket-password", format!("{}BB{}", "AT", alnum(32))),
        ("sourcegraph-token", format!("{}p_local_{}", "sg", hex(40))),
        ("nuget-key", format!("{}y2{}", "o", lower(43))),
        ("clojars-token", format!("{}JARS_{}", "CLO", lower(60))),
        ("packagist-token", format!("{}ist_out_{}", "packag", hex(68))),
        ("jsr-token", format!("{}p_{}", "jsr", alnum(48))),
        ("jfrog-key", format!("{}Cp{}", "AK", alnum(69))),
        ("jfrog-token", format!("{}dGtuOj{}", "cmVm", alnum(54))),
        ("circleci-token", format!("{}PAT_{}_{}", "CCI", alnum(22), hex(40))),
        ("buildkite-token", format!("{}ua_{}", "bk", hex(40))),
        ("sonar-token", format!("{}u_{}", "sq", hex(40))),
        ("octopus-key", format!("{}I-{}", "AP", upper(26))),
        ("harness-token", format!("{}t.{}.{}.{}", "pa", alnum(22), hex(24), alnum(20))),
        ("stackhawk-key", format!("{}k.{}.{}", "haw", alnum(20), alnum(20))),
    ]
}
