//! The walks themselves.

use super::*;

/// One step; holders and lengths are named by number, so that a step means something wherever it stands.
#[derive(Debug, Clone, Copy)]
enum Step {
    /// Somebody asks: by a connection, or as a session that is active now and then.
    Ask {
        who: usize,
        want: usize,
        waits: bool,
    },
    /// Its connection breaks, or it is killed: the keeper sees it, if it is there.
    Die {
        who: usize,
    },
    /// It does nothing any more, and nobody sees that.
    Fall {
        who: usize,
    },
    /// It is there again.
    Wake {
        who: usize,
    },
    Release {
        who: usize,
    },
    Take {
        who: usize,
        epoch: Option<u64>,
        force: bool,
    },
    Pass {
        ms: u64,
    },
    /// The keeper is away, or the machine sleeps: whoever was connected has to find it again.
    Away {
        ms: u64,
    },
    /// The machine starts anew.
    Reboot,
    /// The clock goes back (a container that is thawed elsewhere).
    Back,
}

const HOLDERS: usize = 6;
const STEPS: usize = 120;
const TTL: u64 = 30_000;

#[derive(Clone, Copy, PartialEq, Debug)]
enum Kind {
    Names,
    Files,
}

fn wants(kind: Kind) -> Vec<Want> {
    match kind {
        Kind::Names => vec![Want::Permits(1), Want::Permits(1), Want::Permits(2), Want::Permits(3)],
        Kind::Files => vec![
            paths(&["/p/a"], Mode::Exclusive),
            paths(&["/p/*/x"], Mode::Shared),
            paths(&["/p/**/x", "/q"], Mode::Exclusive),
            paths(&["/q"], Mode::Shared),
        ],
    }
}

/// Files that are looked at: some pattern covers each of them.
const FILES: [&str; 5] = ["/p/a", "/p/a/x", "/p/b/x", "/q/z", "/p/b/c/x"];

struct World {
    kind: Kind,
    resource: Resource,
    now: Moment,
    asked: i64,
    /// Who is known to be alive.
    connected: BTreeSet<usize>,
    /// Whose is which claim.
    of: BTreeMap<ClaimId, usize>,
    /// Not before this may a claim expire.
    promised: BTreeMap<ClaimId, u64>,
    greatest: Token,
    stale: Vec<Token>,
    tokens: BTreeMap<ClaimId, Token>,
    granted: usize,
    expired: usize,
    taken: usize,
}

impl World {
    fn new(kind: Kind) -> Self {
        Self {
            kind,
            resource: Resource::new(3),
            now: at(1_000_000),
            asked: 0,
            connected: BTreeSet::new(),
            of: BTreeMap::new(),
            promised: BTreeMap::new(),
            greatest: Token(0),
            stale: Vec::new(),
            tokens: BTreeMap::new(),
            granted: 0,
            expired: 0,
            taken: 0,
        }
    }

    fn holder(who: usize) -> Holder {
        if who.is_multiple_of(2) { process(who as u32) } else { session(&format!("s{who}")) }
    }

    fn claims_of(&self, who: usize) -> Vec<ClaimId> {
        self.of.iter().filter(|(_, owner)| **owner == who).map(|(id, _)| *id).collect()
    }

    /// Time passes, as a keeper that looks once a second and before each step lets it.
    fn settle(&mut self, absence: Absence) -> Result<(), String> {
        let alive: Vec<ClaimId> = self.connected.iter().flat_map(|who| self.claims_of(*who)).collect();
        for id in &alive {
            let life = if self.tokens.contains_key(id) { TTL } else { CONNECTED };
            self.promised.insert(*id, self.now.at + life);
        }
        if absence == Absence::Yes {
            self.promised.values_mut().for_each(|at| *at = (*at).max(self.now.at + GRACE));
        }
        let happened = self.resource.settle(self.now, absence, &alive);
        self.note(&happened)?;
        let over = self.resource.claims.iter().find(|claim| claim.until.at <= self.now.at);
        over.map_or(Ok(()), |claim| Err(format!("{:?} is over and there", claim.id)))
    }

    fn note(&mut self, happened: &[Happened]) -> Result<(), String> {
        for one in happened {
            match one {
                Happened::Queued(id) => drop(self.promised.insert(*id, self.now.at)),
                Happened::Renewed(_) => {}
                Happened::Granted(id, token) => {
                    if *token <= self.greatest {
                        return Err(format!("{token:?} was given after {:?}", self.greatest));
                    }
                    let claim = self.resource.claims.iter().find(|claim| claim.id == *id);
                    let earlier = |other: &&Claim| {
                        let collides = self.kind == Kind::Names
                            || claim.is_some_and(|claim| {
                                claim.want.collides(&other.want) && claim.holder.session != other.holder.session
                            });
                        other.id < *id && other.token().is_none() && collides
                    };
                    if let Some(other) = self.resource.claims.iter().find(earlier) {
                        return Err(format!("{id:?} overtook {:?}", other.id));
                    }
                    self.greatest = *token;
                    self.granted += 1;
                    self.tokens.insert(*id, *token);
                    self.promised.insert(*id, self.now.at + TTL);
                }
                Happened::Ended(id, how) => {
                    if *how == End::Expired && self.promised.get(id).is_some_and(|at| *at > self.now.at) {
                        return Err(format!("{id:?} expired before {:?}", self.promised.get(id)));
                    }
                    self.expired += usize::from(*how == End::Expired);
                    self.taken += usize::from(*how == End::Taken);
                    self.of.remove(id);
                    self.promised.remove(id);
                    self.stale.extend(self.tokens.remove(id));
                }
            }
        }
        Ok(())
    }

    fn step(&mut self, step: Step) -> Result<(), String> {
        match step {
            Step::Pass { ms } => {
                // No step of it is longer than what a keeper sleeps.
                for _ in 0..ms / 1_000 {
                    self.now.at += 1_000;
                    self.settle(Absence::No)?;
                }
                return Ok(());
            }
            Step::Away { ms } => {
                self.connected.clear();
                self.now.at += ms;
                return self.settle(Absence::Yes);
            }
            Step::Reboot => {
                self.connected.clear();
                self.now = Moment { boot: Boot(self.now.boot.0 + 1), at: 5_000 };
                self.promised.values_mut().for_each(|at| *at = self.now.at + GRACE);
                return self.settle(Absence::Yes);
            }
            Step::Back => {
                let back = self.now.at.min(500_000);
                self.now.at -= back;
                // What is left of each is not known: it lasts no shorter than the grace.
                self.promised.values_mut().for_each(|at| *at = (*at).saturating_sub(back).min(self.now.at + GRACE));
                return self.settle(Absence::No);
            }
            _ => self.settle(Absence::No)?,
        }
        let happened = match step {
            Step::Ask { who, want, waits } => {
                self.asked += 1;
                let id = ClaimId(self.asked);
                let wants = wants(self.kind);
                let asked = Asked { id, holder: Self::holder(who), want: wants[want % wants.len()].clone(), ttl: TTL };
                let queue = if waits { Queue::Wait } else { Queue::No };
                let before = self.resource.clone();
                match self.resource.ask(asked, None, queue, self.now) {
                    Ok(happened) => {
                        if happened.iter().any(|one| matches!(one, Happened::Queued(_) | Happened::Granted(..))) {
                            self.of.insert(id, who);
                            self.connected.insert(who);
                        }
                        happened
                    }
                    Err(_) if self.resource != before => return Err("a refusal changed something".to_owned()),
                    Err(_) => Vec::new(),
                }
            }
            Step::Die { who } | Step::Release { who } => {
                self.connected.remove(&who);
                self.resource.end(&self.claims_of(who), End::Released, self.now)
            }
            Step::Fall { who } => {
                self.connected.remove(&who);
                Vec::new()
            }
            Step::Wake { who } => {
                // Whoever comes back proves what it has.
                let own = self.claims_of(who);
                let holds = |id: &ClaimId| match self.tokens.get(id) {
                    Some(token) => self.resource.holds(*token, self.now).is_some(),
                    None => true,
                };
                if !own.is_empty() && own.iter().all(holds) {
                    self.connected.insert(who);
                }
                Vec::new()
            }
            Step::Take { who, epoch, force } if self.kind == Kind::Names => {
                self.asked += 1;
                let id = ClaimId(self.asked);
                let asked = Asked { id, holder: Self::holder(who), want: Want::Permits(3), ttl: TTL };
                let known = epoch.map(|behind| Token(self.greatest.0.saturating_sub(behind)));
                let taking = if force { Taking::Force } else { Taking::Vacant };
                let before = self.greatest;
                let happened = self.resource.take(asked, known, taking, self.now).unwrap_or_default();
                if !happened.is_empty() && known.is_some_and(|known| known != before) {
                    return Err(format!("taken at {known:?} where it is {before:?}"));
                }
                if happened.iter().any(|one| matches!(one, Happened::Granted(..))) {
                    self.of.insert(id, who);
                    self.connected.insert(who);
                }
                happened
            }
            _ => Vec::new(),
        };
        self.note(&happened)
    }

    fn look(&self) -> Result<(), String> {
        let held: Vec<&Claim> = self.resource.claims.iter().filter(|claim| claim.token().is_some()).collect();
        let inside: u32 = held.iter().map(|claim| claim.want.permits()).sum();
        if self.kind == Kind::Names && inside > self.resource.permits {
            return Err(format!("{inside} permits are held of {}", self.resource.permits));
        }
        // By the files themselves, not by what is thought of patterns.
        let covers = |claim: &Claim, file: &str| match &claim.want {
            Want::Paths { globs, .. } => globs.iter().any(|glob| glob.covers(file)),
            Want::Permits(_) => false,
        };
        let alone = |claim: &Claim| matches!(&claim.want, Want::Paths { mode: Mode::Exclusive, .. });
        for file in FILES {
            let of: Vec<&&Claim> = held.iter().filter(|claim| covers(claim, file)).collect();
            let holders: BTreeSet<String> = of.iter().map(|claim| format!("{:?}", claim.holder)).collect();
            if holders.len() > 1 && of.iter().any(|claim| alone(claim)) {
                return Err(format!("{file} is held by {holders:?}"));
            }
        }
        if let Some(token) = self.stale.iter().find(|token| self.resource.holds(**token, self.now).is_some()) {
            return Err(format!("{token:?} is stale and holds"));
        }
        // Nothing is kept from who is next.
        let first = self.resource.claims.iter().find(|claim| claim.token().is_none());
        match first {
            Some(claim) if self.kind == Kind::Names && inside + claim.want.permits() <= self.resource.permits => {
                Err(format!("{:?} waits for what is free", claim.id))
            }
            _ => Ok(()),
        }
    }

    /// All go, one after the other: whoever waited and is still there gets what it waited for.
    fn drain(&mut self) -> Result<(), String> {
        self.settle(Absence::No)?;
        let waited: Vec<ClaimId> =
            self.resource.claims.iter().filter(|claim| claim.token().is_none()).map(|claim| claim.id).collect();
        let mut served = BTreeSet::new();
        while let Some(held) = self.resource.claims.iter().find(|claim| claim.token().is_some()).map(|claim| claim.id) {
            served.insert(held);
            let happened = self.resource.end(&[held], End::Released, self.now);
            self.note(&happened)?;
            self.look()?;
        }
        match waited.iter().find(|id| !served.contains(id)) {
            Some(id) => Err(format!("{id:?} was never served")),
            None => Ok(()),
        }
    }
}

fn walk(kind: Kind, steps: &[Step]) -> Result<World, String> {
    let mut world = World::new(kind);
    for (n, step) in steps.iter().enumerate() {
        world.step(*step).and_then(|()| world.look()).map_err(|why| format!("step {n}, {step:?}: {why}"))?;
    }
    world.drain().map_err(|why| format!("at the end: {why}"))?;
    Ok(world)
}

/// Chance that can be had again.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 11) % bound
    }
}

fn steps(seed: u64) -> Vec<Step> {
    let mut random = Random(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1);
    (0..STEPS)
        .map(|_| {
            let who = random.below(HOLDERS as u64) as usize;
            match random.below(40) {
                0..=15 => Step::Ask { who, want: random.below(4) as usize, waits: random.below(4) > 0 },
                16..=19 => Step::Die { who },
                20..=22 => Step::Fall { who },
                23..=26 => Step::Wake { who },
                27..=29 => Step::Release { who },
                30 | 31 => {
                    let epoch = Some(random.below(3)).filter(|behind| *behind < 2);
                    Step::Take { who, epoch, force: random.below(2) == 0 }
                }
                32..=35 => Step::Pass { ms: random.below(25) * 1_000 },
                36 | 37 => Step::Away { ms: random.below(3_600_000) },
                38 => Step::Reboot,
                _ => Step::Back,
            }
        })
        .collect()
}

/// The same failure, or another, from as few steps as taking away leads to.
fn smallest(mut steps: Vec<Step>, fails: impl Fn(&[Step]) -> Option<String>) -> (Vec<Step>, String) {
    let mut failure = fails(&steps).unwrap_or_default();
    let mut length = steps.len();
    while length > 0 {
        let (mut at, before) = (0, steps.len());
        while at < steps.len() {
            let mut fewer = steps.clone();
            fewer.drain(at..(at + length).min(steps.len()));
            match fails(&fewer) {
                Some(other) => (steps, failure) = (fewer, other),
                None => at += length,
            }
        }
        length = if length == 1 && steps.len() < before { 1 } else { length / 2 };
    }
    (steps, failure)
}

#[test]
fn by_chance() {
    let seeds = match std::env::var("QUIPU_TEST_SEED") {
        Ok(seed) => vec![seed.parse().expect("a number")],
        Err(_) => (1..=1_000).collect(),
    };
    let mut reached = [0; 3];
    for seed in &seeds {
        for kind in [Kind::Names, Kind::Files] {
            let steps = steps(*seed);
            match walk(kind, &steps) {
                Ok(world) => {
                    let came = [world.granted, world.expired, world.taken];
                    reached.iter_mut().zip(came).for_each(|(all, came)| *all += came);
                }
                Err(_) => {
                    let (steps, failure) = smallest(steps, |steps| walk(kind, steps).err());
                    panic!("QUIPU_TEST_SEED={seed} {kind:?}: {failure}\nafter {steps:#?}");
                }
            }
        }
    }
    assert!(reached.iter().all(|count| *count > seeds.len()), "the walks did not come everywhere: {reached:?}");
}
