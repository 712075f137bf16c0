//! One thing that can be held, with all claims on it, and what becomes of them step by step.
//! It must not know which thing it is, nor who is told what happened.
//! Invariant: as `lease` has it; a step that is refused has changed nothing.

use super::{CONNECTED, Claim, ClaimId, End, GRACE, Holder, MAX_WAITING, Moment, Refusal, Standing, Token, Want};

/// A name with permits, a role, or the files of the machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Resource {
    /// How many permits it has; of files that means nothing.
    pub permits: u32,
    /// The last token that was given.
    pub last: Token,
    /// All claims, in the order of asking.
    pub claims: Vec<Claim>,
}

/// What happened to a claim.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Happened {
    /// It waits.
    Queued(ClaimId),
    /// It is held from now on.
    Granted(ClaimId, Token),
    /// It lasts longer.
    Renewed(ClaimId),
    /// It is no more.
    Ended(ClaimId, End),
}

/// A claim that is new.
#[derive(Debug, Clone)]
pub struct Asked {
    /// The number that it gets if it is one.
    pub id: ClaimId,
    /// Who asks.
    pub holder: Holder,
    /// For what.
    pub want: Want,
    /// For how long, in ms.
    pub ttl: u64,
}

/// Whether whoever cannot have it now waits for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Queue {
    /// In the order of asking.
    Wait,
    /// It is told who is before it.
    No,
}

/// Who stands before a claim.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Blocked {
    /// Who holds what it wants.
    pub by: Vec<ClaimId>,
    /// How many asked before it and wait.
    pub behind: usize,
}

/// Whether the keeper was away since it last looked: not running, or asleep with the machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Absence {
    /// It was.
    Yes,
    /// It was not.
    No,
}

/// Whether somebody who holds it may lose it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Taking {
    /// Only what nobody holds.
    Vacant,
    /// By force.
    Force,
}

impl Resource {
    /// Something that was never held.
    pub fn new(permits: u32) -> Self {
        Self { permits, last: Token(0), claims: Vec::new() }
    }

    /// Lets time pass: what `alive` names goes on, what nobody renewed ends, and who is next gets what is free.
    pub fn settle(&mut self, now: Moment, absence: Absence, alive: &[ClaimId]) -> Vec<Happened> {
        let mut happened = Vec::new();
        for claim in &mut self.claims {
            // Another start of the machine, or a clock that went back: what is left of a time is not known any more.
            let latest = now.plus(claim.life().max(GRACE));
            let is_lost = claim.until.boot != now.boot || claim.until.at > latest.at;
            let least = now.plus(GRACE);
            let own = now.plus(claim.life());
            let until = match absence {
                Absence::Yes if alive.contains(&claim.id) => {
                    if own.at < least.at {
                        least
                    } else {
                        own
                    }
                }
                Absence::No if alive.contains(&claim.id) => own,
                _ if is_lost => least,
                Absence::Yes if claim.until.at < least.at => least,
                _ => continue,
            };
            if claim.until != until {
                claim.until = until;
                happened.push(Happened::Renewed(claim.id));
            }
        }
        self.claims.retain(|claim| {
            let is_over = claim.until.at <= now.at;
            if is_over {
                happened.push(Happened::Ended(claim.id, End::Expired));
            }
            !is_over
        });
        happened.extend(self.promote(now));
        happened
    }

    /// Asks for a claim. Whoever asks again for what it has keeps it, renewed.
    ///
    /// # Errors
    /// What stands in the way, where it is not to wait.
    pub fn ask(&mut self, asked: Asked, of: Option<u32>, queue: Queue, now: Moment) -> Result<Vec<Happened>, Refusal> {
        let permits = match of {
            Some(of) if of != self.permits && !self.claims.is_empty() => {
                return Err(Refusal::OtherPermits { of: self.permits });
            }
            of => of.unwrap_or(self.permits),
        };
        if asked.want.permits() > permits {
            return Err(Refusal::TooMany { of: permits });
        }
        self.permits = permits;
        if let Some(own) = self.claims.iter().find(|claim| claim.holder.is(&asked.holder) && claim.want == asked.want) {
            return match self.blocked(own, &self.claims).filter(|_| own.token().is_none() && queue == Queue::No) {
                Some(blocked) => Err(Refusal::Held(blocked)),
                None => self.renew(own.id, Some(asked.ttl), now),
            };
        }
        let mut claim = Claim {
            id: asked.id,
            holder: asked.holder,
            want: asked.want,
            ttl: asked.ttl,
            until: now.plus(CONNECTED),
            standing: Standing::Waits,
        };
        match self.blocked(&claim, &self.claims) {
            None => {
                let token = self.grant(&mut claim, now);
                let id = claim.id;
                self.claims.push(claim);
                Ok(vec![Happened::Granted(id, token)])
            }
            Some(blocked) if queue == Queue::No => Err(Refusal::Held(blocked)),
            Some(_) if self.waiting().count() >= MAX_WAITING => Err(Refusal::QueueFull),
            Some(_) => {
                let id = claim.id;
                self.claims.push(claim);
                Ok(vec![Happened::Queued(id)])
            }
        }
    }

    /// Takes the whole of it, at this epoch where one is said; by force from whoever holds it.
    ///
    /// # Errors
    /// Another epoch, and a holder that is not to lose it.
    pub fn take(
        &mut self,
        asked: Asked,
        if_epoch: Option<Token>,
        taking: Taking,
        now: Moment,
    ) -> Result<Vec<Happened>, Refusal> {
        if if_epoch.is_some_and(|expected| expected != self.last) {
            return Err(Refusal::Epoch(self.last));
        }
        if let Some(own) = self.claims.iter().find(|claim| claim.holder.is(&asked.holder)) {
            // By whoever has it, it is only asked for again.
            return self.renew(own.id, Some(asked.ttl), now);
        }
        let by: Vec<ClaimId> = self.claims.iter().map(|claim| claim.id).collect();
        if taking == Taking::Vacant && !by.is_empty() {
            return Err(Refusal::Held(Blocked { by, behind: 0 }));
        }
        let mut happened: Vec<Happened> = by.into_iter().map(|id| Happened::Ended(id, End::Taken)).collect();
        self.claims.clear();
        happened.extend(self.ask(asked, None, Queue::No, now)?);
        Ok(happened)
    }

    /// Lets a claim last from now on, for so long.
    ///
    /// # Errors
    /// It is no more.
    pub fn renew(&mut self, id: ClaimId, ttl: Option<u64>, now: Moment) -> Result<Vec<Happened>, Refusal> {
        let claim = self.claims.iter_mut().find(|claim| claim.id == id).ok_or(Refusal::Gone)?;
        claim.ttl = ttl.unwrap_or(claim.ttl);
        claim.until = now.plus(claim.life());
        Ok(vec![Happened::Renewed(id)])
    }

    /// Ends claims, and lets who is next have what is free.
    pub fn end(&mut self, ids: &[ClaimId], how: End, now: Moment) -> Vec<Happened> {
        let mut happened = Vec::new();
        self.claims.retain(|claim| {
            let is_named = ids.contains(&claim.id);
            if is_named {
                happened.push(Happened::Ended(claim.id, how));
            }
            !is_named
        });
        if !happened.is_empty() {
            happened.extend(self.promote(now));
        }
        happened
    }

    /// The claim that is held with this token now: of a stale one there is none.
    pub fn holds(&self, token: Token, now: Moment) -> Option<&Claim> {
        let is_live = |claim: &&Claim| claim.until.boot != now.boot || claim.until.at > now.at;
        self.claims.iter().find(|claim| claim.token() == Some(token)).filter(is_live)
    }

    /// Who stands before a claim, in the order of asking; none where it can be held.
    fn blocked(&self, claim: &Claim, others: &[Claim]) -> Option<Blocked> {
        let mut blocked = Blocked::default();
        let mut free = self.permits;
        let named = matches!(claim.want, Want::Permits(_));
        for other in others.iter().filter(|other| other.id != claim.id) {
            let is_before = other.id < claim.id;
            let is_in_the_way = named || !other.holder.is_with(&claim.holder) && other.want.collides(&claim.want);
            match other.token() {
                Some(_) if is_in_the_way => {
                    free = free.saturating_sub(other.want.permits());
                    blocked.by.push(other.id);
                }
                // No overtaking: one that wants much would never have its turn.
                None if is_before && is_in_the_way => blocked.behind += 1,
                _ => {}
            }
        }
        let is_free = if named { claim.want.permits() <= free } else { blocked.by.is_empty() };
        (!is_free || blocked.behind > 0).then_some(blocked)
    }

    /// Gives what is free to who is next.
    fn promote(&mut self, now: Moment) -> Vec<Happened> {
        let mut granted = Vec::new();
        for at in 0..self.claims.len() {
            let claim = &self.claims[at];
            if claim.token().is_some() || self.blocked(claim, &self.claims).is_some() {
                continue;
            }
            let mut claim = claim.clone();
            let token = self.grant(&mut claim, now);
            granted.push(Happened::Granted(claim.id, token));
            self.claims[at] = claim;
        }
        granted
    }

    fn grant(&mut self, claim: &mut Claim, now: Moment) -> Token {
        self.last = Token(self.last.0 + 1);
        claim.standing = Standing::Holds(self.last);
        claim.until = now.plus(claim.ttl);
        self.last
    }

    fn waiting(&self) -> impl Iterator<Item = &Claim> {
        self.claims.iter().filter(|claim| claim.token().is_none())
    }
}
