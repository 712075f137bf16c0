-- why: a memory could be written once and never be put right. A change keeps what it replaces: the state before as a row
-- here, and the chunks before as they are, marked, so that no chunk's number ever goes and index, vectors and rows stay one set.

create table memory_revision (
    memory_seq integer not null references memory (seq),
    revision integer not null,
    kind text not null,
    title text,
    applies_to text not null,
    keywords text not null,
    -- null: the next revision says the same
    body text,
    pinned integer not null,
    lifecycle text not null,
    -- when, and why, the next revision took its place
    replaced_at integer not null,
    reason text,
    primary key (memory_seq, revision)
) strict;

-- the revision that has other chunks in its place; an ordinal then has this number above its low 32 bits, negative
alter table chunk add column replaced_in integer;
