-- why: a memory has to be seen, corrected, undone and taken away: what hid it, what it is linked to, where it applies, who
-- may see it, whom it was shown to, and what must never come back.

-- == lifecycle ==

-- == links and work ==

-- == scopes and privacy ==

-- of an import in which secrets were replaced: the hash of the text as it came, so that it is known when it comes again
alter table memory add column original_hash text;
create index memory_original on memory (workspace_id, original_hash) where original_hash is not null;

-- == forgetting ==

-- == what was shown ==

-- == doors in ==
