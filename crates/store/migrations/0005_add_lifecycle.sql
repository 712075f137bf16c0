-- why: a memory has to be seen, corrected, undone and taken away: what hid it, what it is linked to, where it applies, who
-- may see it, whom it was shown to, and what must never come back.

-- == lifecycle ==

-- == links and work ==

-- where a work item stands; held is what it goes back to once nothing blocks it
create table work_item (
    memory_seq integer primary key references memory (seq) on delete cascade,
    status text not null,
    held text,
    -- 1 is before all else, 5 one day
    priority integer not null,
    due_at integer
) strict;
create index work_open on work_item (memory_seq) where status not in ('done', 'dropped');

-- what a memory is to another; kept with the one that it changes: what blocks an item, with the item
create table link (
    memory_seq integer not null references memory (seq) on delete cascade,
    relation text not null,
    to_seq integer not null references memory (seq) on delete cascade,
    primary key (memory_seq, relation, to_seq)
) strict, without rowid;
create index link_to on link (to_seq, relation);

-- a file that somebody said a memory is about: 0 a session touched it, 1 it was only said, 2 both
alter table file_touch add column given integer not null default 0;

create table symbol_named (
    memory_seq integer not null references memory (seq) on delete cascade,
    name text not null,
    primary key (memory_seq, name)
) strict, without rowid;

-- all of that as it was beside an earlier revision, as JSON; no row where there was nothing
create table aside_revision (
    memory_seq integer not null references memory (seq) on delete cascade,
    revision integer not null,
    aside text not null,
    primary key (memory_seq, revision)
) strict, without rowid;

create index memory_pinned on memory (project_id, occurred_at) where pinned = 1;
create index memory_superseded on memory (superseded_by) where superseded_by is not null;

-- == scopes and privacy ==

-- == forgetting ==

-- == what was shown ==

-- == doors in ==
