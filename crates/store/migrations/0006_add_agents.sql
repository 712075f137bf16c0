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

-- what is known of a session beyond what it said: one row of truth, which only the process that it runs in can end
create table agent_state (
    session_id integer primary key references session (id) on delete cascade,
    -- where it works now; the session's own row says where it began
    project_id integer not null references project (id),
    branch text,
    cwd text,
    -- what it says that it does
    task text,
    -- the host's process, number and start, so that another one's end changes nothing
    instance text,
    joined_at integer not null,
    seen_at integer not null,
    -- others were told that nothing is heard of it
    silent integer not null default 0,
    left_at integer,
    left_why text
) strict;
create index agent_state_here on agent_state (project_id) where left_at is null;

-- the files that it edited last, from a project's root on
create table agent_file (
    session_id integer not null references session (id) on delete cascade,
    file text not null,
    at integer not null,
    primary key (session_id, file)
) strict, without rowid;

-- where nothing is delivered: to a session, to whoever holds a role, in a project; all of them null: to nobody
create table delivery_pause (
    id integer primary key,
    workspace_id integer not null references workspace (id),
    session_id integer references session (id) on delete cascade,
    role text,
    project_id integer references project (id),
    started_at integer not null,
    until integer,
    resumed_at integer
) strict;
create index delivery_pause_session on delivery_pause (session_id) where session_id is not null;
