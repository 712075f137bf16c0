-- why: a memory has to be seen, corrected, undone and taken away: what hid it, what it is linked to, where it applies, who
-- may see it, whom it was shown to, and what must never come back.

-- == lifecycle ==

-- == links and work ==

-- == scopes and privacy ==
-- what only a person may see; a revision keeps what it was, so that it can be undone
alter table memory add column private integer not null default 0;
alter table memory_revision add column private integer not null default 0;
-- memories that hold in a part of their project only are few, and are looked through where something is recalled
create index memory_narrow on memory (project_id, applies_to) where applies_to <> 'global';

-- == forgetting ==

-- == what was shown ==

-- == doors in ==
