-- why: search by meaning. A chunk's vector is committed with its row; each says which model made it, because vectors
-- of two models are never compared and those of an older one are made anew in the background.

create table embedding_model (
    id integer primary key,
    name text not null unique
) strict;

create table vector (
    chunk_seq integer primary key references chunk (seq),
    model_id integer not null references embedding_model (id),
    -- 256 signed bytes; null for a text in which no word says anything
    direction blob,
    -- the distinct word pieces that say something, two bytes each, little-endian
    pieces blob not null
) strict;
