// Package bench measures the heed program against things that are not ours, each ratio within one run: a bare socket
// that fetches the same mail and throws it away, mbsync, imapfilter. `make bench` runs it; it prints one table and
// writes docs/benchmarks.md with a plot.
//
// All mail is made from fixed seeds, the servers are a real Dovecot and, where a push has to come at once or
// there are hundreds of mailboxes, one in memory. Absolute figures say something about the machine; the ratios say something about Heed.
package bench
