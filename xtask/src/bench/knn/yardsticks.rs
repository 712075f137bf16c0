//! The yardsticks: which of them can be had here, and what they answer.
//!
//! It must not know ours. Invariant: all get the same float32 vectors of unit length; what cannot be had is named.

use std::time::Duration;

use quipu_embed::DIMENSIONS;
use serde_json::json;

use crate::bench::python::{self, Python};

/// An engine, what it needs to be imported, and the packages that bring it. Python's own sqlite3 is often built without
/// extensions, so sqlite-vec runs in apsw's SQLite.
const ENGINES: [(&str, &str, &[&str]); 3] = [
    ("numpy", "numpy", &["numpy"]),
    ("sqlite-vec", "apsw, sqlite_vec", &["apsw", "sqlite-vec"]),
    ("hnswlib", "hnswlib", &["hnswlib"]),
];

pub(super) struct Yardsticks {
    python: Python,
    engines: Vec<Engine>,
}

struct Engine {
    name: &'static str,
    version: String,
    built: f64,
}

impl Yardsticks {
    /// Starts those that can be had. Without numpy there is no truth to compare with.
    pub(super) fn start(vectors: &[[f32; DIMENSIONS]], queries: &[[f32; DIMENSIONS]]) -> Result<Self, String> {
        let mut there = Vec::new();
        let mut folder = None;
        for (name, modules, packages) in ENGINES {
            match python::packages(modules, packages) {
                Ok(found) => {
                    folder = Some(found);
                    there.push(name);
                }
                Err(why) if name == "numpy" => return Err(format!("exact neighbours need numpy: {why}")),
                Err(why) => println!("skipped: {name} cannot be had ({why})"),
            }
        }
        let scratch = tempfile::tempdir().map_err(|error| format!("no scratch folder: {error}"))?;
        let (all, asked) = (scratch.path().join("vectors.f32"), scratch.path().join("queries.f32"));
        python::write_floats(&all, vectors.iter().flatten())?;
        python::write_floats(&asked, queries.iter().flatten())?;
        let mut python = Python::start(&folder.unwrap_or_default(), include_str!("yardsticks.py"))?;
        python.ask(&json!({ "do": "load", "vectors": all, "queries": asked, "dimensions": DIMENSIONS }))?;
        let mut engines = Vec::new();
        for name in there {
            println!("building {name}");
            let answer = python.ask(&json!({ "do": "build", "engine": name }))?;
            let version = answer["version"].as_str().unwrap_or("?").to_owned();
            engines.push(Engine { name, version, built: answer["seconds"].as_f64().unwrap_or(f64::NAN) });
        }
        Ok(Self { python, engines })
    }

    pub(super) fn names(&self) -> Vec<&'static str> {
        self.engines.iter().map(|engine| engine.name).collect()
    }

    /// The name with what it is compared as.
    pub(super) fn shown(&self, name: &str) -> String {
        self.find(name).map_or_else(String::new, |engine| format!("{} {}", engine.name, engine.version))
    }

    /// Seconds that its building took.
    pub(super) fn built(&self, name: &str) -> f64 {
        self.find(name).map_or(f64::NAN, |engine| engine.built)
    }

    /// The ten nearest to a query, and the time that the engine took for them, without the way to it.
    pub(super) fn ask(&mut self, name: &str, query: usize) -> Result<(Vec<u32>, Duration), String> {
        let answer = self.python.ask(&json!({ "do": "nearest", "engine": name, "query": query }))?;
        let found = answer["found"].as_array().into_iter().flatten().filter_map(|n| n.as_u64()).map(|n| n as u32);
        let seconds = answer["seconds"].as_f64().ok_or_else(|| format!("{name} does not say its time"))?;
        Ok((found.collect(), Duration::from_secs_f64(seconds)))
    }

    fn find(&self, name: &str) -> Option<&Engine> {
        self.engines.iter().find(|engine| engine.name == name)
    }
}
