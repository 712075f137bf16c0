-- why: a memory has to be seen, corrected, undone and taken away: what hid it, what it is linked to, where it applies, who
-- may see it, whom it was shown to, and what must never come back.

-- == lifecycle ==

-- == links and work ==

-- == scopes and privacy ==

-- == forgetting ==

-- == what was shown ==

-- == doors in ==

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
