//! `quipu http`: the API over loopback, switched on and off, with its address and its token.
//! It must not know how requests are guarded.
//! Invariant: a token is printed where somebody asks for it by name, and nowhere else.

use std::time::{Duration, Instant};

use quipu_protocol::config::keys;
use quipu_protocol::fault::{Fault, FaultKind};
use quipu_protocol::http;
use quipu_protocol::paths::Paths;
use quipu_protocol::wire::daemon::{Health, HttpView};

use super::{Outcome, config};
use crate::args::http::Http;
use crate::connect::{self, Daemon};
use crate::output::{BAD, DIM, Form, GOOD, json, styled};

/// A running daemon takes a change within this time, or something is wrong with it.
const PATIENCE: Duration = Duration::from_secs(10);

pub(super) fn http(wanted: Http, form: Form) -> Outcome {
    let paths = connect::paths()?;
    match wanted {
        Http::Status => status(&paths, form),
        Http::On => switch(&paths, true, form),
        Http::Off => switch(&paths, false, form),
        Http::Token => {
            let token = http::token(&paths.http_token()).map_err(|error| no_token(&paths, &error))?;
            print_token(&token, form);
            Ok(())
        }
        Http::Rotate => rotate(&paths, form),
    }
}

fn switch(paths: &Paths, on: bool, form: Form) -> Outcome {
    config::set_flag("http.enabled", on)?;
    // The daemon follows the file; a fault of its own it tells too.
    let taken = |view: &Option<HttpView>| view.is_some() == on;
    wait(|| Ok(asked()?.is_none_or(|view| taken(&view))))?;
    status(paths, form)
}

fn rotate(paths: &Paths, form: Form) -> Outcome {
    let token = http::new_token(&paths.http_token()).map_err(|error| no_token(paths, &error))?;
    let is_served = asked()?.flatten().is_some_and(|view| view.url.is_some());
    if is_served {
        wait(|| Ok(http::read_card(&paths.http_card()).is_none_or(|card| card.token == token)))?;
    }
    print_token(&token, form);
    Ok(())
}

fn print_token(token: &str, form: Form) {
    if form == Form::Json {
        json(&serde_json::json!({ "token": token }));
    } else {
        anstream::println!("{token}");
    }
}

fn status(paths: &Paths, form: Form) -> Outcome {
    let enabled = config::effective(&[], false)?.flag(keys::HTTP_ENABLED);
    let running = asked()?;
    let view = running.clone().flatten();
    if form == Form::Json {
        let (url, problem) = view.map_or((None, None), |view| (view.url, view.problem));
        json(&serde_json::json!({
            "enabled": enabled, "daemon": running.is_some(), "url": url, "problem": problem,
            "card": paths.http_card(), "token_file": paths.http_token(),
        }));
        return Ok(());
    }
    match view {
        Some(HttpView { url: Some(url), .. }) => {
            anstream::println!("{} {url}", styled(GOOD, "on"));
            let curl = format!("curl -H \"Authorization: Bearer $(quipu http token)\" {url}/v1/health");
            anstream::println!("{} {curl}", styled(DIM, "try"));
            anstream::println!("{} {}", styled(DIM, "for programs"), paths.http_card().display());
        }
        Some(HttpView { problem, .. }) => {
            anstream::println!("{} {}", styled(BAD, "wanted, and not served:"), problem.unwrap_or_default());
        }
        None if enabled && running.is_none() => {
            anstream::println!("on, and no daemon is running {}", styled(DIM, "(`quipu up` starts it)"));
        }
        // Its environment says otherwise than the file, or it is a standby.
        None if enabled => anstream::println!(
            "on, and the running daemon does not serve it {}",
            styled(DIM, "(it is a standby, or its environment says otherwise: `quipu status`, `quipu config show`)")
        ),
        None => anstream::println!("off {}", styled(DIM, "(`quipu http on` serves it)")),
    }
    Ok(())
}

/// What the running daemon says of it; none where no daemon runs.
fn asked() -> Result<Option<Option<HttpView>>, Fault> {
    let health: Option<Health> = Daemon::new()?.get_if_up("/v1/health")?;
    Ok(health.map(|health| health.http))
}

fn wait(done: impl Fn() -> Result<bool, Fault>) -> Outcome {
    let patience = Instant::now() + PATIENCE;
    // What it does not take, `status` shows.
    while !done()? && Instant::now() < patience {
        std::thread::sleep(Duration::from_millis(50));
    }
    Ok(())
}

fn no_token(paths: &Paths, error: &std::io::Error) -> Fault {
    let message = format!("{}: {error}", paths.http_token().display());
    Fault::new(FaultKind::Unavailable, "no_token_file", message)
        .hint("`quipu http rotate` makes a new token; `quipu doctor` looks at the directory")
}
