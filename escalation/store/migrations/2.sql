-- From schema 1 to schema 2. The result has to be what schema.sql makes of an empty file, which a test compares.

ALTER TABLE messages ADD COLUMN facts TEXT NOT NULL DEFAULT '{}';

-- What our mail server said of a mail's sender: "pass", "fail", or nothing.
ALTER TABLE messages ADD COLUMN auth TEXT NOT NULL DEFAULT '';

ALTER TABLE cases ADD COLUMN silenced TEXT NOT NULL DEFAULT '';

-- The outbox gets a kind, which stands in a CHECK, so the table is made anew. The recipients are moved first: they would
-- go with the rows of the old table when it is dropped.
CREATE TABLE outbox_2 (
  id          INTEGER PRIMARY KEY AUTOINCREMENT,
  key         TEXT    NOT NULL UNIQUE, -- the promise that a decision is queued once
  kind        TEXT    NOT NULL CHECK (kind IN ('mail', 'draft', 'note', 'keyword', 'move', 'chat')),
  case_id     INTEGER REFERENCES cases (id) ON DELETE CASCADE,
  mailbox     TEXT    NOT NULL,
  folder      TEXT    NOT NULL,
  uidvalidity INTEGER NOT NULL,
  uid         INTEGER NOT NULL,
  message_id  TEXT    NOT NULL,
  sender      TEXT    NOT NULL,
  argument    TEXT    NOT NULL,
  state       TEXT    NOT NULL CHECK (state IN ('pending', 'done', 'failed')),
  attempts    INTEGER NOT NULL,
  next_at     INTEGER NOT NULL,
  error       TEXT    NOT NULL,
  created_at  INTEGER NOT NULL,
  done_at     INTEGER NOT NULL,
  hash        TEXT    NOT NULL,
  release_at  INTEGER NOT NULL, -- when it was to go first: later than created_at for what was held back
  told        TEXT    NOT NULL, -- JSON: what an escalation or follow-up tells, so that more can be joined to it; '' for others
  payload     BLOB, -- last, so that nobody who asks for the rest has to read past it
  fallback    BLOB
) STRICT;
INSERT INTO outbox_2 (id, key, kind, case_id, mailbox, folder, uidvalidity, uid, message_id, sender, argument, state, attempts,
    next_at, error, created_at, done_at, hash, release_at, told, payload, fallback)
  SELECT id, key, kind, case_id, mailbox, folder, uidvalidity, uid, message_id, sender, argument, state, attempts,
    next_at, error, created_at, done_at, hash, created_at, '', payload, fallback FROM outbox;
CREATE TABLE recipients_2 (
  row_id   INTEGER NOT NULL REFERENCES outbox_2 (id) ON DELETE CASCADE,
  position INTEGER NOT NULL,
  address  TEXT    NOT NULL,
  state    TEXT    NOT NULL CHECK (state IN ('pending', 'done', 'failed')),
  error    TEXT    NOT NULL,
  PRIMARY KEY (row_id, position)
) STRICT, WITHOUT ROWID;
INSERT INTO recipients_2 SELECT row_id, position, address, state, error FROM recipients;
DROP TABLE recipients;
DROP TABLE outbox;
ALTER TABLE outbox_2 RENAME TO outbox;
ALTER TABLE recipients_2 RENAME TO recipients;
CREATE INDEX outbox_pending ON outbox (mailbox, folder, uidvalidity, uid) WHERE state = 'pending';
CREATE INDEX outbox_state ON outbox (state);
CREATE INDEX outbox_release ON outbox (release_at) WHERE told <> '';
CREATE INDEX outbox_chat ON outbox (argument, id) WHERE kind = 'chat' AND state = 'pending';
CREATE INDEX outbox_case ON outbox (case_id) WHERE case_id IS NOT NULL;
CREATE INDEX recipients_failed ON recipients (row_id) WHERE state = 'failed';

-- What is known of the watching of each mailbox, so that a restart neither forgets a silence nor tells of it twice.
CREATE TABLE watched (
  mailbox      TEXT    NOT NULL PRIMARY KEY,
  last_success INTEGER NOT NULL, -- when the stalest of its folders had last been read to its end
  alarm_since  INTEGER NOT NULL  -- last_success at the alarm that stands; 0 for none
) STRICT, WITHOUT ROWID;
