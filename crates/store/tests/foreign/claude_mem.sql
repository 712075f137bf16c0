-- for crates/cli/tests/it/imports.rs
create table sdk_sessions (id integer primary key, content_session_id text, memory_session_id text, project text, started_at_epoch integer);
insert into sdk_sessions values (1, 'c0ffee00-0000-4000-8000-000000000001', 'm1', 'otter', 1764760000000);
create table observations (
    id integer primary key, memory_session_id text, project text, type text, title text, subtitle text, narrative text,
    text text, facts text, concepts text, files_read text, files_modified text, created_at text, created_at_epoch integer,
    content_hash text
);
insert into observations (id, memory_session_id, project, type, title, narrative, facts, concepts, files_modified, created_at_epoch) values
    (1, 'm1', 'otter', 'decision', 'Otters float', 'Otters hold hands so that they do not drift.', '["They sleep"]', '["gotcha"]', '["src/otter.rs"]', 1764760462409),
    (2, 'm1', 'otter', 'discovery', 'Broken lists', 'The lists of this one are cut.', '["cut', '{"no":"list"}', '7', 'soon');
create table session_summaries (
    id integer primary key, memory_session_id text, project text, request text, investigated text, learned text,
    completed text, next_steps text, created_at_epoch integer
);
insert into session_summaries (memory_session_id, project, request, learned, next_steps, created_at_epoch) values
    ('m1', 'otter', 'Why do otters drift?', 'They do not.', 'Count them.', 1764760470000);
create table user_prompts (id integer primary key, content_session_id text, prompt_number integer, prompt_text text, created_at_epoch integer);
insert into user_prompts values (1, 'c0ffee00-0000-4000-8000-000000000001', 1, 'why do the otters drift apart?', 1764760461000);
