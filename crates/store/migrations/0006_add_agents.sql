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
