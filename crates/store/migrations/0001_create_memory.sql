-- why: the first schema. Workspace, lifecycle columns and event outcomes are here from the start, because adding
-- them later would mean rewriting every row and would leave early writes without their outcome.

create table meta (
    key text primary key,
    value integer not null
) strict;
insert into meta (key, value) values ('epoch', 0);

create table workspace (
    id integer primary key,
    name text not null unique
) strict;
insert into workspace (id, name) values (1, 'default');

create table project (
    id integer primary key,
    workspace_id integer not null references workspace (id),
    key text not null,
    merged_into integer references project (id),
    created_at integer not null,
    unique (workspace_id, key)
) strict;

create table session (
    id integer primary key,
    workspace_id integer not null references workspace (id),
    agent text not null,
    external_id text not null,
    project_id integer references project (id),
    branch text,
    cwd text,
    started_at integer not null,
    last_at integer not null,
    ended_at integer,
    end_reason text,
    -- the newest memory that a compaction took out of the model's context
    compacted_seq integer not null default 0,
    unique (workspace_id, agent, external_id)
) strict;
create index session_recent on session (workspace_id, project_id, last_at);

-- a transcript that is read incrementally; read_to moves only in the transaction that stored the rows
create table source_file (
    id integer primary key,
    workspace_id integer not null references workspace (id),
    agent text not null,
    path text not null,
    device integer not null,
    inode integer not null,
    head_bytes integer not null,
    head_hash text not null,
    read_to integer not null,
    seen_size integer not null,
    updated_at integer not null,
    unique (workspace_id, path)
) strict;

create table skipped_record (
    source_file_id integer not null references source_file (id),
    record_type text not null,
    reason text not null,
    count integer not null,
    first_from integer not null,
    first_to integer not null,
    last_from integer not null,
    last_to integer not null,
    primary key (source_file_id, record_type, reason)
) strict, without rowid;

create table source_root (
    workspace_id integer not null references workspace (id),
    path text not null,
    added_at integer not null,
    primary key (workspace_id, path)
) strict, without rowid;

create table memory (
    seq integer primary key,
    workspace_id integer not null references workspace (id),
    id blob not null unique,
    project_id integer references project (id),
    session_id integer references session (id),
    kind text not null,
    title text,
    applies_to text not null default 'global',
    keywords text not null default '[]',
    body text not null,
    content_hash text not null,
    occurred_at integer not null,
    recorded_at integer not null,
    branch text,
    origin text not null,
    programmatic integer not null default 0,
    redactions integer not null default 0,
    -- provenance: the agent's own id of the record, the message it belongs to, the bytes it was made from
    source_id text,
    source_group text,
    source_file_id integer references source_file (id),
    source_from integer,
    source_to integer,
    -- what a hook carried until the transcript's record takes its place
    hook_key text,
    -- place in the session: a turn that a hook carried first moves to where the transcript tells it
    position integer not null,
    provisional integer not null default 0,
    -- lifecycle
    superseded_by blob,
    aggregated_into blob,
    archived_at integer,
    archive_reason text,
    valid_from integer,
    valid_to integer,
    pinned integer not null default 0,
    revision integer not null default 1
) strict;
create unique index memory_source on memory (workspace_id, source_id) where source_id is not null;
create unique index memory_hook on memory (workspace_id, hook_key) where hook_key is not null;
create index memory_hash on memory (workspace_id, content_hash);
create index memory_session on memory (session_id, position);
-- what hooks carried is looked for at every turn and every slice: a few rows, not the whole session
create index memory_provisional on memory (session_id, occurred_at) where provisional = 1;
create index memory_project_time on memory (workspace_id, project_id, occurred_at);

-- the one lifecycle view: every reader takes the word from here
create view memory_state as
select
    seq,
    case
        when superseded_by is not null or aggregated_into is not null then 'superseded'
        when archived_at is not null then 'archived'
        else 'live'
    end as lifecycle
from memory;

create table chunk (
    seq integer primary key,
    memory_seq integer not null references memory (seq),
    ordinal integer not null,
    from_byte integer not null,
    to_byte integer not null,
    unique (memory_seq, ordinal)
) strict;

-- what became of each write, under the id its client gave it before the first try
create table applied_event (
    event_id blob primary key,
    outcome text not null,
    applied_at integer not null
) strict, without rowid;

-- hashes of prompts that the host itself wrote (wake-ups, schedules): their records are not memories
create table machine_prompt (
    session_id integer not null references session (id),
    content_hash text not null,
    primary key (session_id, content_hash)
) strict, without rowid;

create table pause (
    id integer primary key,
    workspace_id integer not null references workspace (id),
    -- null: every project
    project_id integer references project (id),
    started_at integer not null,
    until integer,
    resumed_at integer
) strict;
