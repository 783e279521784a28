-- The state of Heed. Times are microseconds since 1970 in UTC, 0 for none. Lists that are only ever read whole are JSON.

CREATE TABLE cursors (
  mailbox     TEXT    NOT NULL,
  folder      TEXT    NOT NULL,
  uidvalidity INTEGER NOT NULL,
  uid         INTEGER NOT NULL,
  old_uid     INTEGER NOT NULL DEFAULT 0, -- the highest that lay there when the reading began, for the first time or anew
  began_at    INTEGER NOT NULL DEFAULT 0, -- since when mail counts: how far back the first reading went
  PRIMARY KEY (mailbox, folder)
) STRICT, WITHOUT ROWID;

CREATE TABLE cases (
  id             INTEGER PRIMARY KEY AUTOINCREMENT, -- people quote it, so it is never given twice
  customer       TEXT    NOT NULL,
  customer_name  TEXT    NOT NULL,
  channel        TEXT    NOT NULL,
  mailbox        TEXT    NOT NULL,
  state          TEXT    NOT NULL CHECK (state IN ('open', 'acked', 'resolved')),
  opened_at      INTEGER NOT NULL,
  acked_at       INTEGER NOT NULL DEFAULT 0,
  resolved_at    INTEGER NOT NULL DEFAULT 0,
  resolved_after INTEGER NOT NULL DEFAULT 0, -- the newest message when it was resolved: what came before is settled
  reopened_at    INTEGER NOT NULL DEFAULT 0,
  snoozed_until  INTEGER NOT NULL DEFAULT 0, -- reminders pause until then, and begin anew
  outcome        TEXT    NOT NULL DEFAULT '', -- how it ended: '' or 'false alarm'
  previous       INTEGER REFERENCES cases (id) ON DELETE SET NULL,
  merged_into    INTEGER REFERENCES cases (id) ON DELETE SET NULL,
  order_no       TEXT    NOT NULL,
  thread_id      TEXT    NOT NULL,
  silenced       TEXT    NOT NULL DEFAULT '' -- why its last news was told to nobody, '' when it was told
) STRICT;
CREATE UNIQUE INDEX cases_unresolved ON cases (customer) WHERE state <> 'resolved';
CREATE INDEX cases_customer ON cases (customer, id);
CREATE INDEX cases_previous ON cases (previous) WHERE previous IS NOT NULL;
CREATE INDEX cases_merged ON cases (merged_into) WHERE merged_into IS NOT NULL;

CREATE TABLE messages (
  id            INTEGER PRIMARY KEY AUTOINCREMENT,
  mailbox       TEXT    NOT NULL,
  folder        TEXT    NOT NULL,
  uidvalidity   INTEGER NOT NULL,
  uid           INTEGER NOT NULL,
  message_id    TEXT    NOT NULL,
  refs          TEXT    NOT NULL,
  at            INTEGER NOT NULL,
  sender        TEXT    NOT NULL,
  customer      TEXT    NOT NULL,
  writer        TEXT    NOT NULL DEFAULT '', -- the address that wrote it, where it is kept under another; '' for customer
  customer_name TEXT    NOT NULL,
  channel       TEXT    NOT NULL,
  direction     TEXT    NOT NULL,
  ignored       TEXT    NOT NULL,
  subject       TEXT    NOT NULL,
  body          TEXT    NOT NULL,
  text_hash     TEXT    NOT NULL,
  lang          TEXT    NOT NULL,
  orders        TEXT    NOT NULL,
  facts         TEXT    NOT NULL DEFAULT '{}', -- sums, deadlines, numbers
  notice        TEXT, -- NULL for a mail that is no notice
  faults        TEXT    NOT NULL,
  auth          TEXT    NOT NULL DEFAULT '', -- what our mail server said of the sender: 'pass', 'fail', or nothing
  case_id       INTEGER REFERENCES cases (id) ON DELETE SET NULL,
  UNIQUE (mailbox, folder, uidvalidity, uid)
) STRICT;
CREATE INDEX messages_message_id ON messages (message_id, sender);
CREATE INDEX messages_customer ON messages (customer, at, text_hash); -- the last, so that the same words are found in it alone
CREATE INDEX messages_case ON messages (case_id) WHERE case_id IS NOT NULL;
CREATE INDEX messages_at ON messages (at);

CREATE TABLE signals (
  message_id INTEGER NOT NULL REFERENCES messages (id) ON DELETE CASCADE,
  signal     TEXT    NOT NULL,
  evidence   TEXT    NOT NULL,
  sentence   TEXT    NOT NULL,
  dismissed  INTEGER NOT NULL DEFAULT 0, -- the case that was a false alarm because of it: it does not count; 0 for none
  PRIMARY KEY (message_id, signal)
) STRICT, WITHOUT ROWID;
CREATE INDEX signals_dismissed ON signals (dismissed) WHERE dismissed <> 0;

-- Who named which order or dispute, so that a notice that names no buyer finds one.
CREATE TABLE orders (
  order_no TEXT    NOT NULL,
  customer TEXT    NOT NULL,
  at       INTEGER NOT NULL,
  PRIMARY KEY (order_no, customer)
) STRICT, WITHOUT ROWID;
CREATE INDEX orders_stand_ins ON orders (order_no) WHERE instr(customer, '@') = 0; -- few, which each mail asks for

CREATE TABLE disputes (
  dispute  TEXT    NOT NULL,
  customer TEXT    NOT NULL,
  at       INTEGER NOT NULL,
  PRIMARY KEY (dispute, customer)
) STRICT, WITHOUT ROWID;
CREATE INDEX disputes_customer ON disputes (customer);

-- Who is kept under another address or number, being the same person.
CREATE TABLE aliases (
  alias    TEXT    NOT NULL PRIMARY KEY,
  customer TEXT    NOT NULL,
  why      TEXT    NOT NULL,
  at       INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX aliases_customer ON aliases (customer);

-- The primary key is the promise that a step fires once in a case.
CREATE TABLE case_steps (
  case_id    INTEGER NOT NULL REFERENCES cases (id) ON DELETE CASCADE,
  rule       TEXT    NOT NULL,
  at         INTEGER NOT NULL, -- the step's threshold
  do         TEXT    NOT NULL,
  message_id INTEGER NOT NULL,
  PRIMARY KEY (case_id, rule, at, do)
) STRICT, WITHOUT ROWID;

CREATE TABLE case_mailed (
  id      INTEGER PRIMARY KEY,
  case_id INTEGER NOT NULL REFERENCES cases (id) ON DELETE CASCADE,
  address TEXT    NOT NULL COLLATE NOCASE,
  at      INTEGER NOT NULL,
  UNIQUE (case_id, address)
) STRICT;

CREATE TABLE case_notes (
  id      INTEGER PRIMARY KEY,
  case_id INTEGER NOT NULL REFERENCES cases (id) ON DELETE CASCADE,
  at      INTEGER NOT NULL,
  text    TEXT    NOT NULL
) STRICT;
CREATE INDEX case_notes_case ON case_notes (case_id);

-- The signals of the rules that fired in a case: what is taken out of the counters when it was a false alarm.
CREATE TABLE case_fired (
  case_id INTEGER NOT NULL REFERENCES cases (id) ON DELETE CASCADE,
  signal  TEXT    NOT NULL,
  PRIMARY KEY (case_id, signal)
) STRICT, WITHOUT ROWID;

-- Answers of our own people to our mails. The primary key is the promise that one answer is obeyed once.
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
  number   INTEGER NOT NULL, -- 1, 2, …
  at       INTEGER NOT NULL,
  deadline INTEGER NOT NULL, -- the deadline that it warns of, 0 when it is for want of an answer
  PRIMARY KEY (case_id, number)
) STRICT, WITHOUT ROWID;

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

CREATE TABLE outbox (
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

CREATE TABLE recipients (
  row_id   INTEGER NOT NULL REFERENCES outbox (id) ON DELETE CASCADE,
  position INTEGER NOT NULL,
  address  TEXT    NOT NULL,
  state    TEXT    NOT NULL CHECK (state IN ('pending', 'done', 'failed')),
  error    TEXT    NOT NULL,
  PRIMARY KEY (row_id, position)
) STRICT, WITHOUT ROWID;
CREATE INDEX recipients_failed ON recipients (row_id) WHERE state = 'failed';

-- What is known of the watching of each mailbox, so that a restart neither forgets a silence nor tells of it twice.
CREATE TABLE watched (
  mailbox      TEXT    NOT NULL PRIMARY KEY,
  last_success INTEGER NOT NULL, -- when the stalest of its folders had last been read to its end
  alarm_since  INTEGER NOT NULL  -- last_success at the alarm that stands; 0 for none
) STRICT, WITHOUT ROWID;

-- The days for which the digest has been written or was not needed.
CREATE TABLE digests (
  day TEXT NOT NULL PRIMARY KEY -- 2026-11-09, in the digest's time zone
) STRICT, WITHOUT ROWID;
