// Package endtoend holds the tests that run the heed program against a real Dovecot and a real Postfix: what a customer
// sends goes in at one end, and what lies in the decision makers' mailboxes is looked at at the other.
package endtoend
