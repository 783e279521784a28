// Package chaos holds the test that runs the heed program through everything that can go wrong around it, and then
// compares what arrived with what should have.
//
// The program is a process of its own. It reads mailboxes of a real Dovecot through a proxy that cuts, stalls, delays
// and half-closes connections, and sends through an SMTP server that refuses, hangs and hangs up at every stage. It is
// killed and stopped at random, its disk fills up, its clock is set, folders change their UIDVALIDITY or go away, mails
// vanish under its hands, and the server's certificate expires.
//
// All of it follows from a seed: the same seed makes the same mails and the same plan of faults. What the program does
// in between is its own.
//
//	proxy_test.go   the faulty way to the IMAP server
//	smtp_test.go    the faulty SMTP server, which knows what it really took
//	letters_test.go the mails, each with what has to come of it
//	plan_test.go    what happens when
//	host_test.go    the program, its directory and its clock
//	check_test.go   what arrived, compared with what should have
//
// `make chaos SEED=7` runs the long form, `make test` the short one.
package chaos
