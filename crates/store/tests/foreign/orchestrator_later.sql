-- for crates/cli/tests/it/imports.rs: what its owner did to it after the first import
update notes set status = 'dropped', content = 'Drain the seal pool twice.' where id = 'w1';
update notes set status = 'blocked' where id = 'w3';
insert into notes (id, type, content) values ('gone', 'decision', 'It came late.');
