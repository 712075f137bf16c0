-- why: a memory has to be seen, corrected, undone and taken away: what hid it, what it is linked to, where it applies, who
-- may see it, whom it was shown to, and what must never come back.

-- == lifecycle ==

-- == links and work ==

-- == scopes and privacy ==

-- == forgetting ==

-- what must not come back, told by a keyed hash alone: of a memory's id, of an agent's record, of a hook's event, of a
-- text, of a session, of a transcript. Neither a text nor anything that can be guessed without the key
create table tombstone (
    workspace_id integer not null references workspace (id),
    what text not null,
    hash blob not null,
    forgotten_at integer not null,
    primary key (workspace_id, what, hash)
) strict, without rowid;

-- the random keys of those hashes: one, and those of databases whose tombstones came here
create table tombstone_key (
    key blob primary key
) strict, without rowid;

-- each forgetting, and what of it is still to be done outside of the rows
create table purge (
    id integer primary key,
    workspace_id integer not null references workspace (id),
    -- 'forget' or 'redact'
    what text not null,
    began_at integer not null,
    memories integer not null,
    index_left integer not null default 1,
    database_left integer not null default 1,
    files_left integer not null default 1,
    done_at integer
) strict;
create index purge_left on purge (id) where done_at is null;

-- numbers that were given once are not given again: index and vectors go by them
insert into meta (key, value) values ('memory_floor', 0), ('chunk_floor', 0);

-- == what was shown ==

-- == doors in ==
