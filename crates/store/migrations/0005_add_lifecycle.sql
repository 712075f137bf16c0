-- why: a memory has to be seen, corrected, undone and taken away: what hid it, what it is linked to, where it applies, who
-- may see it, whom it was shown to, and what must never come back.

-- == lifecycle ==

-- how much it matters, as who wrote it said: 1 to 5
alter table memory add column importance integer not null default 3;

-- a revision says all of what it was, so that a change can be taken back and a day of the past be looked at
alter table memory_revision add column importance integer not null default 3;
alter table memory_revision add column valid_from integer;
alter table memory_revision add column valid_to integer;
alter table memory_revision add column superseded_by blob;
alter table memory_revision add column aggregated_into blob;
alter table memory_revision add column archived_at integer;
alter table memory_revision add column archive_reason text;

-- what was done on purpose, one row whatever it touched, so that it can be undone as one
create table change (
    id integer primary key,
    workspace_id integer not null references workspace (id),
    -- where it was done; null: in no project
    project_id integer references project (id),
    -- the word that it was answered with
    word text not null,
    made_at integer not null,
    -- how many memories it touched: fewer members are there once one was forgotten
    touched integer not null default 0
) strict;
create index change_newest on change (workspace_id, project_id, id);

create table change_member (
    memory_seq integer not null references memory (seq) on delete cascade,
    -- the revision that it made; the first: it made the memory
    revision integer not null,
    change_id integer not null references change (id),
    -- what it was of comes first
    place integer not null,
    primary key (memory_seq, revision)
) strict, without rowid;
create index change_member_change on change_member (change_id, place);

-- few memories hold for a time only, and who opens the store asks for those alone
create index memory_bounded on memory (seq) where valid_from is not null or valid_to is not null;

drop view memory_state;
create view memory_state as
select
    seq,
    case
        when superseded_by is not null then 'superseded'
        when aggregated_into is not null then 'aggregated'
        when archived_at is not null then 'archived'
        else 'live'
    end as lifecycle
from memory;

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
-- what only a person may see; a revision keeps what it was, so that it can be undone
alter table memory add column private integer not null default 0;
alter table memory_revision add column private integer not null default 0;
-- memories that hold in a part of their project only are few, and are looked through where something is recalled
create index memory_narrow on memory (project_id, applies_to) where applies_to <> 'global';

-- of an import in which secrets were replaced: the hash of the text as it came, so that it is known when it comes again
alter table memory add column original_hash text;
create index memory_original on memory (workspace_id, original_hash) where original_hash is not null;

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

-- one answer of a hook: what it put before an agent, or why it put nothing there. Never a text: what was asked is not kept,
-- and what was shown is the memory's own. `late`: its client had given up, so nobody saw it.
create table offer (
    id integer primary key,
    workspace_id integer not null references workspace (id),
    at integer not null,
    event text not null,
    -- the hook's own event: one that came too late lies in the spool under the same id
    event_id blob unique,
    session_id integer references session (id) on delete cascade,
    project_id integer references project (id) on delete cascade,
    silence text,
    -- silences of one kind in one session are counted, not listed
    times integer not null default 1,
    late integer not null default 0,
    lines integer not null,
    tokens integer not null,
    bytes integer not null,
    -- memories that were not looked at, for the session has seen them or they are not wanted in the project
    left_out integer not null
) strict;
create index offer_session on offer (session_id, at);
create index offer_project on offer (project_id, at);
create index offer_time on offer (at);

-- one line of it. It goes with the memory that it is of.
create table injection (
    id integer primary key,
    offer_id integer not null references offer (id) on delete cascade,
    memory_seq integer not null references memory (seq) on delete cascade,
    revision integer not null,
    -- of the answer's, so that what a session has seen is one walk along an index
    session_id integer references session (id) on delete cascade,
    at integer not null,
    late integer not null default 0,
    place integer not null,
    tokens integer not null,
    bytes integer not null,
    score real,
    idf_share real,
    coverage real,
    cosine real,
    -- words of the question that the memory holds too, as a list
    matched text,
    section text,
    file text,
    -- what of its text was shown, in bytes; null: all of it
    from_byte integer,
    to_byte integer,
    -- whether it was shown before and has changed since
    again integer not null,
    -- null: not known yet; whether the session went by it, how that is known, and from what was said later
    used integer,
    used_by text,
    used_seq integer,
    -- the newest memory of the session that was looked at for it
    looked_to integer not null default 0
) strict;
create index injection_memory on injection (memory_seq);
create index injection_offer on injection (offer_id);
create index injection_session on injection (session_id, at, memory_seq, revision, late, from_byte, to_byte);

-- memories that are not put before agents in a project any more
create table hush (
    project_id integer not null references project (id) on delete cascade,
    memory_seq integer not null references memory (seq) on delete cascade,
    at integer not null,
    primary key (project_id, memory_seq)
) strict, without rowid;
create index hush_memory on hush (memory_seq);

-- since when the session's context is what it is: what was shown before a compaction is out of it
alter table session add column context_since integer not null default 0;

-- == doors in ==

-- what was read from other programs' files and databases
create table import_file (
    id integer primary key,
    workspace_id integer not null references workspace (id),
    source text not null,
    path text not null,
    unique (workspace_id, source, path)
) strict;

-- a memory that another program kept first, under the id that it has there (or that is made from what it is called there):
-- brought in again it is known before any work, whatever became of it here
create table imported (
    source_id blob primary key,
    -- that of an exact twin where there was one already
    memory_seq integer not null references memory (seq) on delete cascade,
    file_id integer not null references import_file (id),
    line_from integer,
    line_to integer,
    name text,
    -- hash of all that the source said of it, and of the text that was kept of that: what changed there, what changed here
    said text not null,
    kept_hash text not null,
    imported_at integer not null
) strict, without rowid;
create index imported_memory on imported (memory_seq);
create index imported_file on imported (file_id);

-- folders that hold memories as Markdown, kept both ways (docs/mirror.md)
create table mirror (
    id integer primary key,
    workspace_id integer not null references workspace (id),
    path text not null,
    -- null: every project's memories
    project_id integer references project (id),
    kinds text not null default '[]',
    added_at integer not null,
    -- where git stood when it was last looked at
    head text,
    unique (workspace_id, path)
) strict;

-- a file and its memory as they were when the two last said the same
create table mirror_file (
    mirror_id integer not null references mirror (id),
    memory_id blob not null,
    name text not null,
    hash text not null,
    revision integer not null,
    primary key (mirror_id, memory_id)
) strict, without rowid;
