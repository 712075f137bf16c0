//! `quipu http` with its forms.
//! It must not know the daemon or files.

use clap::Subcommand;

#[derive(Debug, Clone, Copy, Subcommand)]
pub(crate) enum Http {
    /// Say whether it is served, and where.
    Status,
    /// Serve it: sets `http.enabled`.
    On,
    /// Serve it no longer.
    Off,
    /// Print the token that each request has to bring.
    Token,
    /// Make a new token; the old one opens nothing any more.
    Rotate,
}
