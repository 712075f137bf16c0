-- why: agents that run side by side see each other, write to each other and keep off each other's files; what happens
-- between them is told to whoever follows, and can be followed again from where one stopped.

-- == feed, presence, pauses of delivery ==

-- what happened, in the order of commits; a number is given once, so that whoever stopped at one knows where to go on. The
-- body is JSON of what the kind says: names and numbers, never a memory's or a message's text.
create table system_event (
    id integer primary key autoincrement,
    workspace_id integer not null references workspace (id),
    at integer not null,
    -- null: everybody's
    project_id integer references project (id) on delete cascade,
    session_id integer references session (id) on delete cascade,
    kind text not null,
    body text not null
) strict;
create index system_event_time on system_event (at);
create index system_event_session on system_event (session_id) where session_id is not null;

-- == leases and roles ==

-- what can be held: a name with permits, a role of a project, and under the name 'paths' the files of this machine. The last
-- token stays when nobody holds it any more: none is given twice
create table lease_resource (
    id integer primary key,
    workspace_id integer not null references workspace (id),
    name text not null,
    -- of a role; null: it is the machine's
    project_id integer references project (id),
    permits integer not null default 1,
    last_token integer not null default 0,
    -- the memory that whoever gave a role up has left for the next one
    note blob
) strict;
create unique index lease_resource_name on lease_resource (workspace_id, name, coalesce(project_id, 0));

-- what is held, and, without a token, what is waited for, in the order of asking; what has ended has no row
create table lease (
    id integer primary key autoincrement,
    resource_id integer not null references lease_resource (id),
    session_id integer references session (id) on delete cascade,
    -- of a process that holds it by its connection
    pid integer,
    -- where it was asked for
    project_id integer references project (id),
    token integer,
    -- null: it is of files
    permits integer,
    globs text not null default '[]',
    shared integer not null default 0,
    deny integer not null default 0,
    reason text,
    ttl_ms integer not null,
    -- when it ends: since which start of the machine, and how long after that, in ms
    boot text not null,
    until_ms integer not null,
    asked_at integer not null,
    granted_at integer
) strict;
create index lease_of on lease (resource_id, id);
create index lease_session on lease (session_id) where session_id is not null;
