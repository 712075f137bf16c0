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
-- what was given in another past of a database that was restored; what is held for the first time begins there
insert into meta (key, value) values ('token_floor', 0);
create index lease_of on lease (resource_id, id);
create index lease_session on lease (session_id) where session_id is not null;

-- == mail ==

-- what a message is beside a memory: the memory has its words, its sender's session and its time
create table message (
    memory_seq integer primary key references memory (seq) on delete cascade,
    -- id of the first message of the thread, and of the one that this answers; either may be forgotten since
    thread blob not null,
    in_reply_to blob,
    -- 'session' (the memory's), 'agent' (one that does not say which session it is), 'person'
    from_kind text not null,
    -- as it was written
    address text not null,
    importance text not null,
    ack_wanted integer not null,
    expires_at integer not null,
    -- a role that nobody has yet, and where: whoever takes it gets the message
    role text,
    role_project_id integer references project (id) on delete cascade
) strict;
create index message_thread on message (thread, memory_seq);
create index message_for_role on message (role, role_project_id) where role is not null;

-- one message for one mailbox; no session: the user's
create table delivery (
    -- never given twice: a late word that it was shown must not meet another
    id integer primary key autoincrement,
    message_seq integer not null references message (memory_seq) on delete cascade,
    session_id integer references session (id) on delete cascade,
    -- when it was last handed to a client, and how often: a client that printed it says so, and only then it is shown
    offered_at integer,
    offers integer not null default 0,
    shown_at integer,
    acked_at integer,
    -- whether anything is still to come: it was not shown, or it is to be acknowledged and was not
    open integer not null default 1
) strict;
create unique index delivery_once on delivery (message_seq, coalesce(session_id, 0));
create index delivery_open on delivery (session_id, message_seq) where open = 1;
create index delivery_newest on delivery (session_id, message_seq);

-- sessions are written to by how their ids begin
create index session_named on session (external_id);

-- messages are no notes: who looks for those before an edit must not walk past them
drop index memory_written;
create index memory_written on memory (project_id, occurred_at)
    where kind not in ('prompt', 'answer', 'thought', 'checkpoint', 'outcome', 'message');


-- == links that wait ==

-- a link of a memory that was brought in before its other end was; it becomes a link when that comes
create table link_waiting (
    to_id blob not null,
    memory_seq integer not null references memory (seq) on delete cascade,
    relation text not null,
    primary key (to_id, memory_seq, relation)
) strict, without rowid;
create index link_waiting_memory on link_waiting (memory_seq);

-- == calm ==

-- which session took a work item up; the last one that did
create table work_taken (
    memory_seq integer primary key references memory (seq) on delete cascade,
    session_id integer not null references session (id) on delete cascade,
    taken_at integer not null
) strict;
create index work_taken_session on work_taken (session_id);

-- sessions that were reminded of what they leave open: each once, whatever becomes of the daemon
create table reminded (
    session_id integer primary key references session (id) on delete cascade,
    reminded_at integer not null
) strict;
