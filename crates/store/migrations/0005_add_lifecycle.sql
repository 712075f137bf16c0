-- why: a memory has to be seen, corrected, undone and taken away: what hid it, what it is linked to, where it applies, who
-- may see it, whom it was shown to, and what must never come back.

-- == lifecycle ==

-- == links and work ==

-- == scopes and privacy ==

-- == forgetting ==

-- == what was shown ==

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
    -- hash of the text as it came, where secrets in it were replaced
    original_hash text,
    imported_at integer not null
) strict, without rowid;
create index imported_memory on imported (memory_seq);
create index imported_file on imported (file_id);

-- whoever stood behind a memory that turns out to be another's twin is found without a walk
create index memory_superseded on memory (superseded_by) where superseded_by is not null;
