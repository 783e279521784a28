-- From schema 1 to schema 2. The result has to be what schema.sql makes of an empty file, which a test compares.

ALTER TABLE messages ADD COLUMN facts TEXT NOT NULL DEFAULT '{}';

-- What our mail server said of a mail's sender: "pass", "fail", or nothing.
ALTER TABLE messages ADD COLUMN auth TEXT NOT NULL DEFAULT '';

ALTER TABLE cases ADD COLUMN silenced TEXT NOT NULL DEFAULT '';

-- Mails that are forwarded and too big to be held whole lie here in pieces until they have been sent. One that no row of the
-- outbox refers to is on its way in, or was left behind by a crash.
CREATE TABLE originals (
  id          INTEGER PRIMARY KEY AUTOINCREMENT,
  mailbox     TEXT    NOT NULL,
  folder      TEXT    NOT NULL,
  uidvalidity INTEGER NOT NULL,
  uid         INTEGER NOT NULL,
  size        INTEGER NOT NULL,
  hash        TEXT    NOT NULL -- SHA-256; '' while not all pieces are there
) STRICT;
CREATE INDEX originals_place ON originals (mailbox, folder, uidvalidity, uid);

CREATE TABLE original_pieces (
  original INTEGER NOT NULL REFERENCES originals (id) ON DELETE CASCADE,
  position INTEGER NOT NULL,
  bytes    BLOB    NOT NULL,
  PRIMARY KEY (original, position)
) STRICT;

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
  original    INTEGER REFERENCES originals (id),
  slots       TEXT    NOT NULL DEFAULT '', -- JSON: where in payload and fallback the original goes; '' for none
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
CREATE INDEX outbox_original ON outbox (original) WHERE original IS NOT NULL;
-- An original goes with the last row that refers to it.
CREATE TRIGGER outbox_deleted AFTER DELETE ON outbox WHEN old.original IS NOT NULL BEGIN
  DELETE FROM originals WHERE id = old.original AND NOT EXISTS (SELECT 1 FROM outbox WHERE original = old.original);
END;
CREATE TRIGGER outbox_updated AFTER UPDATE OF original ON outbox WHEN old.original IS NOT NULL BEGIN
  DELETE FROM originals WHERE id = old.original AND NOT EXISTS (SELECT 1 FROM outbox WHERE original = old.original);
END;
CREATE INDEX recipients_failed ON recipients (row_id) WHERE state = 'failed';

-- What is known of the watching of each mailbox, so that a restart neither forgets a silence nor tells of it twice.
CREATE TABLE watched (
  mailbox      TEXT    NOT NULL PRIMARY KEY,
  last_success INTEGER NOT NULL, -- when the stalest of its folders had last been read to its end
  alarm_since  INTEGER NOT NULL  -- last_success at the alarm that stands; 0 for none
) STRICT, WITHOUT ROWID;

-- The way back: what people answer, how cases end, reminders, the digest.
ALTER TABLE cases ADD COLUMN reopened_at INTEGER NOT NULL DEFAULT 0;
ALTER TABLE cases ADD COLUMN snoozed_until INTEGER NOT NULL DEFAULT 0;
ALTER TABLE cases ADD COLUMN outcome TEXT NOT NULL DEFAULT '';
ALTER TABLE signals ADD COLUMN dismissed INTEGER NOT NULL DEFAULT 0;
CREATE INDEX signals_dismissed ON signals (dismissed) WHERE dismissed <> 0;

CREATE TABLE case_fired (
  case_id INTEGER NOT NULL REFERENCES cases (id) ON DELETE CASCADE,
  signal  TEXT    NOT NULL,
  PRIMARY KEY (case_id, signal)
) STRICT, WITHOUT ROWID;

CREATE TABLE case_replies (
  message_id TEXT    NOT NULL,
  sender     TEXT    NOT NULL,
  case_id    INTEGER NOT NULL REFERENCES cases (id) ON DELETE CASCADE,
  at         INTEGER NOT NULL,
  verb       TEXT    NOT NULL,
  PRIMARY KEY (message_id, sender)
) STRICT, WITHOUT ROWID;
CREATE INDEX case_replies_case ON case_replies (case_id);

CREATE TABLE case_reminders (
  case_id  INTEGER NOT NULL REFERENCES cases (id) ON DELETE CASCADE,
  number   INTEGER NOT NULL,
  at       INTEGER NOT NULL,
  deadline INTEGER NOT NULL,
  PRIMARY KEY (case_id, number)
) STRICT, WITHOUT ROWID;

CREATE TABLE digests (
  day TEXT NOT NULL PRIMARY KEY
) STRICT, WITHOUT ROWID;

-- Schema 1 kept the rules that fired, not their signals. Those of the built-in policy are called alike.
INSERT INTO case_fired (case_id, signal) SELECT DISTINCT case_id, replace(rule, '-', '_') FROM case_steps
  UNION SELECT case_id, 'phone_request' FROM case_steps WHERE rule = 'phone-only';

ALTER TABLE cursors ADD COLUMN old_uid INTEGER NOT NULL DEFAULT 0;
ALTER TABLE cursors ADD COLUMN began_at INTEGER NOT NULL DEFAULT 0;

-- Customers that are one person, and cases that were merged.
ALTER TABLE cases ADD COLUMN merged_into INTEGER REFERENCES cases (id) ON DELETE SET NULL;
CREATE INDEX cases_merged ON cases (merged_into) WHERE merged_into IS NOT NULL;
ALTER TABLE messages ADD COLUMN writer TEXT NOT NULL DEFAULT '';
CREATE TABLE aliases (
  alias    TEXT    NOT NULL PRIMARY KEY,
  customer TEXT    NOT NULL,
  why      TEXT    NOT NULL,
  at       INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX aliases_customer ON aliases (customer);
CREATE INDEX messages_at ON messages (at);

-- Fewer and smaller indexes: the same words are looked for among their customer's messages, and a customer's orders are
-- found through these too.
UPDATE messages SET text_hash = substr(text_hash, 1, 16);
DROP INDEX messages_text;
DROP INDEX messages_customer;
CREATE INDEX messages_customer ON messages (customer, at, text_hash);
DROP INDEX messages_kind;
DROP INDEX signals_signal;
DROP INDEX orders_customer;
CREATE INDEX orders_stand_ins ON orders (order_no) WHERE instr(customer, '@') = 0;
