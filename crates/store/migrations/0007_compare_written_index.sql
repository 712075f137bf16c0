-- why: a list of kinds in the index's condition makes SQLite fill a table of its own with them at every new row, a tenth of
-- what the row costs; compared one by one they cost nothing
drop index memory_written;
create index memory_written on memory (project_id, occurred_at)
    where kind <> 'prompt' and kind <> 'answer' and kind <> 'thought' and kind <> 'checkpoint' and kind <> 'outcome'
      and kind <> 'message';
