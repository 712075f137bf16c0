//! Tokens of code hosts, package registries and pipelines; each after its maker's own description.
//! Knows nothing of how a text is searched.

use super::row::Pattern;
use crate::redact::judge::mixed;

pub(super) static ROWS: &[Pattern] = &[
    // GitHub, "About authentication", token formats.
    token!("github-token", "gh[pousr]_", r"[A-Za-z0-9_]{30,}(?:\.[A-Za-z0-9_-]{10,}){0,2}"),
    token!("github-token", "github_pat_", "[A-Za-z0-9_]{36,}"),
    // GitLab, "Token overview", token prefixes; registration tokens of runners.
    word!(
        "gitlab-token",
        "gl(?:pat|oas|dt|rt|rtr|cbt|ptt|ft|imt|agent|soat|ffct)-",
        r"[A-Za-z0-9_-]{20,}(?:\.[A-Za-z0-9_.]{4,60})?",
        mixed
    ),
    word!("gitlab-token", "GR1348941", "[A-Za-z0-9_-]{20,}"),
    // Atlassian and Bitbucket, API tokens and app passwords.
    token!("atlassian-token", "AT(?:AT|CT)T3", "[A-Za-z0-9_=-]{60,}"),
    word!("bitbucket-password", "ATBB", r"[A-Za-z0-9_=-]{24,36}", mixed),
    word!("sourcegraph-token", "sg[pd]_", r"(?:(?:[a-f0-9]{16}|local)_)?[a-f0-9]{40,64}(?-u:\b)"),
    // Registries: npm, PyPI, crates.io, RubyGems, NuGet, Clojars, Packagist, JSR, Docker Hub, JFrog.
    token!("npm-token", "npm_", "[A-Za-z0-9]{36,}"),
    token!("pypi-token", "pypi-", "[A-Za-z0-9_-]{50,}"),
    word!("crates-io-token", "cio", "[A-Za-z0-9]{32}(?-u:\\b)", mixed),
    token!("rubygems-key", "rubygems_", "[a-f0-9]{48}"),
    word!("nuget-key", "oy2", r"[a-z0-9]{43}(?-u:\b)", mixed),
    word!("clojars-token", "CLOJARS_", "[a-z0-9]{60}"),
    word!("packagist-token", "packagist_[ou][ru]t_", "[a-f0-9]{60,}"),
    word!("jsr-token", "jsr[pd]_", "[A-Za-z0-9]{40,}"),
    token!("docker-token", "dckr_(?:pat|oat)_", "[A-Za-z0-9_-]{20,}"),
    word!("jfrog-key", "AKCp", r"[A-Za-z0-9]{69}(?-u:\b)"),
    word!("jfrog-token", "cmVmdGtuOj", r"[A-Za-z0-9]{40,64}={0,2}"),
    // Pipelines and checks: CircleCI, Buildkite, SonarQube, Octopus Deploy, Harness, StackHawk.
    word!("circleci-token", "CCI(?:PAT|PRJ)_", "[A-Za-z0-9]{22}_[a-f0-9]{40}"),
    word!("buildkite-token", "bk(?:ua|aj|ct|pt|at)_", "[a-f0-9]{40,}"),
    word!("sonar-token", "sq[pua]_", r"[a-f0-9]{40}(?-u:\b)"),
    word!("octopus-key", "API-", r"[A-Z0-9]{26,32}(?-u:\b)", mixed),
    word!("harness-token", r"(?:pat|sat)\.", r"[A-Za-z0-9_-]{22}\.[0-9a-f]{24}\.[A-Za-z0-9]{20}"),
    word!("stackhawk-key", r"hawk\.", r"[A-Za-z0-9_-]{20}\.[A-Za-z0-9_-]{20}"),
    token!("postman-key", "PMAK-", "[a-f0-9]{24}-[a-f0-9]{34}"),
];
