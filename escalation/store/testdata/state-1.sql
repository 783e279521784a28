-- A state file of schema 1 with rows in it, as the first version wrote it. Never edited: it is what upgrades start from.
PRAGMA application_id = 1214604644;
PRAGMA user_version = 1;
BEGIN TRANSACTION;
CREATE TABLE case_mailed (
  id      INTEGER PRIMARY KEY,
  case_id INTEGER NOT NULL REFERENCES cases (id) ON DELETE CASCADE,
  address TEXT    NOT NULL COLLATE NOCASE,
  at      INTEGER NOT NULL,
  UNIQUE (case_id, address)
) STRICT;
INSERT INTO "case_mailed" VALUES(1,2,'lu@example.com',1772452800000000);
INSERT INTO "case_mailed" VALUES(2,2,'yodi@example.com',1772452800000000);
CREATE TABLE case_notes (
  id      INTEGER PRIMARY KEY,
  case_id INTEGER NOT NULL REFERENCES cases (id) ON DELETE CASCADE,
  at      INTEGER NOT NULL,
  text    TEXT    NOT NULL
) STRICT;
INSERT INTO "case_notes" VALUES(1,2,1772463600000000,'Called her.');
CREATE TABLE case_steps (
  case_id    INTEGER NOT NULL REFERENCES cases (id) ON DELETE CASCADE,
  rule       TEXT    NOT NULL,
  at         INTEGER NOT NULL, -- the step's threshold
  do         TEXT    NOT NULL,
  message_id INTEGER NOT NULL,
  PRIMARY KEY (case_id, rule, at, do)
) STRICT, WITHOUT ROWID;
INSERT INTO "case_steps" VALUES(2,'chargeback-threat',1,'escalate',2);
INSERT INTO "case_steps" VALUES(2,'chargeback-threat',1,'reassure',2);
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
  previous       INTEGER REFERENCES cases (id) ON DELETE SET NULL,
  order_no       TEXT    NOT NULL,
  thread_id      TEXT    NOT NULL
) STRICT;
INSERT INTO "cases" VALUES(1,'bob@mail.example','Bob','amazon','support','resolved',1772452800000000,0,1772460000000000,1,NULL,'1111','');
INSERT INTO "cases" VALUES(2,'jane@mail.example','Jane Roe','shopify','support','acked',1772456400000000,1772463600000000,0,0,NULL,'1234','heed-2-escalate@example.com');
CREATE TABLE cursors (
  mailbox     TEXT    NOT NULL,
  folder      TEXT    NOT NULL,
  uidvalidity INTEGER NOT NULL,
  uid         INTEGER NOT NULL,
  PRIMARY KEY (mailbox, folder)
) STRICT, WITHOUT ROWID;
INSERT INTO "cursors" VALUES('support','INBOX',7,4);
CREATE TABLE disputes (
  dispute  TEXT    NOT NULL,
  customer TEXT    NOT NULL,
  at       INTEGER NOT NULL,
  PRIMARY KEY (dispute, customer)
) STRICT, WITHOUT ROWID;
INSERT INTO "disputes" VALUES('PP-D-1','joe@mail.example',1772452800000000);
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
  customer_name TEXT    NOT NULL,
  channel       TEXT    NOT NULL,
  direction     TEXT    NOT NULL,
  ignored       TEXT    NOT NULL,
  subject       TEXT    NOT NULL,
  body          TEXT    NOT NULL,
  text_hash     TEXT    NOT NULL,
  lang          TEXT    NOT NULL,
  orders        TEXT    NOT NULL,
  notice        TEXT, -- NULL for a mail that is no notice
  faults        TEXT    NOT NULL,
  case_id       INTEGER REFERENCES cases (id) ON DELETE SET NULL,
  UNIQUE (mailbox, folder, uidvalidity, uid)
) STRICT;
INSERT INTO "messages" VALUES(1,'support','INBOX',7,1,'m1@mail.example','null',1772456400000000,'bob@mail.example','bob@mail.example','Jane Roe','shopify','inbound','','My order','These are words number 1.','cb3452ed789bdfbc04be486962f37fb101469f0c5c72a5dd9bd478819c72a3cd','en','null',NULL,'null',1);
INSERT INTO "messages" VALUES(2,'support','INBOX',7,2,'m2@mail.example','["m0@mail.example"]',1772460000000000,'jane@mail.example','jane@mail.example','Jane Roe','shopify','inbound','','My order','These are words number 2.','8acc6004a58e1c9a7ea66abe4f6dc15efa02df0b1c860e4ca7cbeeff66288b03','en','["1234"]',NULL,'["the charset is not known"]',2);
INSERT INTO "messages" VALUES(3,'support','INBOX',7,3,'m3@mail.example','null',1772463600000000,'joe@mail.example','joe@mail.example','Jane Roe','shopify','inbound','','My order','These are words number 3.','c9251acedf0bb68cd940ac3524b42736d439de9d28c261e44d8799887098ed27','en','null','{"Platform":"paypal","Channel":"","Kind":"opened","Buyer":"","Orders":null,"Dispute":"PP-D-1","Amount":"$20.00","Deadline":"","Words":"","Verified":false}','null',NULL);
INSERT INTO "messages" VALUES(4,'support','INBOX',7,4,'m4@mail.example','null',1772467200000000,'robot@mail.example','robot@mail.example','Jane Roe','shopify','ignored','auto-reply','My order','These are words number 4.','649abdfce5560b61889b9a3e9f7342aec4a103de5fc812f7fcb78388a476911a','en','null',NULL,'null',NULL);
CREATE TABLE orders (
  order_no TEXT    NOT NULL,
  customer TEXT    NOT NULL,
  at       INTEGER NOT NULL,
  PRIMARY KEY (order_no, customer)
) STRICT, WITHOUT ROWID;
INSERT INTO "orders" VALUES('1234','jane@mail.example',1772460000000000);
CREATE TABLE outbox (
  id          INTEGER PRIMARY KEY AUTOINCREMENT,
  key         TEXT    NOT NULL UNIQUE, -- the promise that a decision is queued once
  kind        TEXT    NOT NULL CHECK (kind IN ('mail', 'draft', 'note', 'keyword', 'move')),
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
  payload     BLOB, -- last, so that nobody who asks for the rest has to read past it
  fallback    BLOB
) STRICT;
INSERT INTO "outbox" VALUES(1,'mail/heed-2','mail',2,'support','INBOX',7,2,'heed-2-escalate@example.com','heed@example.com','','pending',1,1772452805000000,'450 later',1772452800000000,0,'7317a52c21a3eff30d1e0aa2a4e46dc27da6c90624a2a0f5a74ca0db2b2d54a9',X'5375626A6563743A205B486565642023325D0D0A0D0A4A616E6520746872656174656E732E0D0A',NULL);
INSERT INTO "outbox" VALUES(2,'keyword/1','keyword',2,'support','INBOX',7,2,'m2@mail.example','','$Escalated','pending',0,1772452800000000,'',1772452800000000,0,'',NULL,NULL);
INSERT INTO "outbox" VALUES(3,'draft/1','draft',2,'support','INBOX',7,2,'m2@mail.example','','','done',1,1772452805000000,'',1772452800000000,1772452800000000,'088e57e6355e60a2807e01edc8055902a9ef5063a07e8b46e6e173171280f48b',NULL,NULL);
CREATE TABLE recipients (
  row_id   INTEGER NOT NULL REFERENCES outbox (id) ON DELETE CASCADE,
  position INTEGER NOT NULL,
  address  TEXT    NOT NULL,
  state    TEXT    NOT NULL CHECK (state IN ('pending', 'done', 'failed')),
  error    TEXT    NOT NULL,
  PRIMARY KEY (row_id, position)
) STRICT, WITHOUT ROWID;
INSERT INTO "recipients" VALUES(1,0,'lu@example.com','done','');
INSERT INTO "recipients" VALUES(1,1,'yodi@example.com','pending','450 later');
INSERT INTO "recipients" VALUES(1,2,'gone@example.com','failed','550 no such user');
CREATE TABLE signals (
  message_id INTEGER NOT NULL REFERENCES messages (id) ON DELETE CASCADE,
  signal     TEXT    NOT NULL,
  evidence   TEXT    NOT NULL,
  sentence   TEXT    NOT NULL,
  PRIMARY KEY (message_id, signal)
) STRICT, WITHOUT ROWID;
INSERT INTO "signals" VALUES(1,'abuse','words','These are words');
INSERT INTO "signals" VALUES(2,'chargeback_threat','words','These are words');
INSERT INTO "signals" VALUES(2,'legal_threat','words','These are words');
INSERT INTO "signals" VALUES(3,'chargeback_opened','words','These are words');
CREATE UNIQUE INDEX cases_unresolved ON cases (customer) WHERE state <> 'resolved';
CREATE INDEX cases_customer ON cases (customer, id);
CREATE INDEX cases_previous ON cases (previous) WHERE previous IS NOT NULL;
CREATE INDEX messages_message_id ON messages (message_id, sender);
CREATE INDEX messages_text ON messages (text_hash, at) WHERE text_hash <> '';
CREATE INDEX messages_customer ON messages (customer, at);
CREATE INDEX messages_case ON messages (case_id) WHERE case_id IS NOT NULL;
CREATE INDEX messages_kind ON messages (direction, ignored);
CREATE INDEX signals_signal ON signals (signal);
CREATE INDEX orders_customer ON orders (customer);
CREATE INDEX disputes_customer ON disputes (customer);
CREATE INDEX case_notes_case ON case_notes (case_id);
CREATE INDEX outbox_pending ON outbox (mailbox, folder, uidvalidity, uid) WHERE state = 'pending';
CREATE INDEX outbox_state ON outbox (state);
CREATE INDEX outbox_case ON outbox (case_id) WHERE case_id IS NOT NULL;
CREATE INDEX recipients_failed ON recipients (row_id) WHERE state = 'failed';
DELETE FROM "sqlite_sequence";
INSERT INTO "sqlite_sequence" VALUES('cases',2);
INSERT INTO "sqlite_sequence" VALUES('messages',4);
INSERT INTO "sqlite_sequence" VALUES('outbox',3);
COMMIT;
