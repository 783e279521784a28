-- From schema 1 to schema 2. The result has to be what schema.sql makes of an empty file, which a test compares.

ALTER TABLE messages ADD COLUMN facts TEXT NOT NULL DEFAULT '{}';

-- What our mail server said of a mail's sender: "pass", "fail", or nothing.
ALTER TABLE messages ADD COLUMN auth TEXT NOT NULL DEFAULT '';
