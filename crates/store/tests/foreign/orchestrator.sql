-- for crates/cli/tests/it/imports.rs
create table notes (
    id text primary key, type text, content text, context text, keywords text, tags text, source text, confidence real,
    resolved integer, created_at text, updated_at text, status text, priority text, due_date text, signal real,
    source_session text, superseded_by text, superseded_at text, code_refs text
);
insert into notes (id, type, content, context, keywords, created_at, code_refs) values
    ('n1', 'decision', 'Seals are tagged by colour.', 'Numbers were misread.', 'seal,tag', '2025-11-01 10:00:00', '["src/tag.rs:12"]');
insert into notes (id, type, content, created_at, superseded_by) values
    ('n0', 'decision', 'Seals are tagged by number.', '2025-10-01 10:00:00', 'n1');
insert into notes (id, type, content, created_at, resolved, updated_at) values
    ('n2', 'open_thread', 'Who feeds the seals on Sundays?', '2025-10-02', 1, '2025-10-03');
insert into notes (id, type, content, status, priority, due_date) values
    ('n3', 'work_item', 'Paint the seal pool.', 'active', 'high', '2026-12-24');
insert into notes (id, type, content) values ('n4', 'user_pattern', 'Seals are never called sea dogs.'), ('n5', 'x', null);
create table links (id integer primary key, from_note_id text, to_note_id text, relationship text, strength real, created_at text);
create table user_model (id integer primary key, dimension text, observation text, evidence text, confidence real);
insert into notes (id, type, content, status, priority, due_date, resolved) values
    ('w1', 'work_item', 'Drain the seal pool.', 'planned', 'P1', null, 0),
    ('w2', 'work_item', 'Move the seals out.', 'done', 'low', null, 1),
    ('w3', 'work_item', 'Renew the seal house.', 'musing', 'critical', 'soon', 0);
insert into links (from_note_id, to_note_id, relationship, strength) values
    ('w1', 'n3', 'blocks', 1), ('w2', 'w1', 'blocks', 1), ('n3', 'w3', 'part_of', 1), ('w1', 'w3', 'part_of', 1),
    ('n3', 'n1', 'depends_on', 0.5), ('n1', 'n4', 'related_to', 0.4), ('n4', 'n1', 'related_to', 0.4),
    ('n1', 'w1', 'enables', 0.2), ('n1', 'n2', 'conflicts_with', 0.9), ('n1', 'n0', 'supersedes', 1),
    ('n1', 'gone', 'related_to', 0.1), ('n1', 'n1', 'related_to', 0.1), ('n3', 'w1', 'blocks', 1), (null, 'n1', 'blocks', 1);
insert into user_model (dimension, observation) values ('style', 'Short words about seals.');
