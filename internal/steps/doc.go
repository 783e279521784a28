// Package steps holds the test that takes one mail through every step of its way (fetch, commit, attempt, send, mark) and
// lets every step fail in every way: the process dies before it, dies after it, the other side fails. Then Heed is
// started again, and what follows is compared with the table in docs/reliability.md, which the test holds to its cases.
//
// Everything is the real thing but the two ends: the mailbox is a list, the SMTP server follows a script, and the SQL
// driver can be told to fail, or to be the last thing that the process did, at any statement. Time is that of
// testing/synctest, so that waits of minutes take none.
package steps
