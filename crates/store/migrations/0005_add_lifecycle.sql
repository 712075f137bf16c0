-- why: a memory has to be seen, corrected, undone and taken away: what hid it, what it is linked to, where it applies, who
-- may see it, whom it was shown to, and what must never come back.

-- == lifecycle ==

-- == links and work ==

-- == scopes and privacy ==

-- == forgetting ==

-- == what was shown ==

-- == doors in ==
