-- for crates/cli/tests/it/imports.rs: columns as the public description names them, with one of the future and wrong types
create table chunks (
    id text, content text, source_file text, project text, content_type text, source text, conversation_id text,
    created_at, tags text, importance, pinned integer, content_class text, archived, archived_at, superseded_by text,
    aggregated_into text, status text, invalid_at, from_the_future blob
);
insert into chunks (id, content, project, content_type, created_at, tags, importance) values
    ('manual-1', 'Walrus herds are counted at dawn.', 'walrus', 'note', '2025-12-03T11:14:22.409Z', '["counting","dawn"]', 8),
    ('rt-2', 'The counter of herds was off by one.', 'walrus', 'mistake', 1764760462.5, 'not json', 'high'),
    ('rt-2', 'A second row of the same id.', 'walrus', 'note', null, null, null);
insert into chunks (id, content, project, created_at, superseded_by) values
    ('rt-3', 'Herds are counted at dusk.', 'walrus', '2025-12-01', 'manual-1');
insert into chunks (id, content, project, archived_at) values ('rt-4', 'Herds are painted by hand.', 'walrus', '2025-12-02');
insert into chunks (id, content, content_class) values ('rt-5', 'Benchmark of herds.', 'benchmark');
insert into chunks (id, content) values ('rt-6', null), ('rt-7', cast(x'6865726473ff' as text)), ('rt-8', zeroblob(17000000));
