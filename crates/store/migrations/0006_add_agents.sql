-- why: agents that run side by side see each other, write to each other and stay off each other's files; what is brought in
-- keeps its links.

-- == links that wait ==

-- a link of a memory that was brought in before its other end was; it becomes a link when that comes
create table link_waiting (
    to_id blob not null,
    memory_seq integer not null references memory (seq) on delete cascade,
    relation text not null,
    primary key (to_id, memory_seq, relation)
) strict, without rowid;
create index link_waiting_memory on link_waiting (memory_seq);
