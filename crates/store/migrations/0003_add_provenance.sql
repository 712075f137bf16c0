-- why: a subagent's turns need a session of their own that knows its parent, what a text is has to be known to cut and
-- weigh it, and "what was learnt about this file" has to be answered within a hook's 50 ms.

alter table session add column parent_id integer references session (id);

alter table memory add column class text not null default 'assistant_text';
update memory set class = 'user_message' where kind = 'prompt';
update memory set class = 'thinking' where kind = 'thought';

-- the files that a memory changed or names, by absolute path
create table file_touch (
    memory_seq integer not null references memory (seq),
    path text not null,
    primary key (path, memory_seq)
) strict, without rowid;
create index file_touch_memory on file_touch (memory_seq);

-- notes are few beside turns, and a hook has no time to walk past those
create index memory_written on memory (project_id, occurred_at)
    where kind not in ('prompt', 'answer', 'thought', 'checkpoint', 'outcome');
