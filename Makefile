# Heed is built with Go alone; `make test` runs it against a real Dovecot, Postfix, PostgreSQL and MariaDB.

SHELL       = /bin/sh
GO          = go
PREFIX      = /usr/local
DESTDIR     =
BUILD       = heed
BINDIR      = $(PREFIX)/bin
MANDIR      = $(PREFIX)/share/man/man1
DOCDIR      = $(PREFIX)/share/doc/heed
UNITDIR     = $(PREFIX)/lib/systemd/system
SYSUSERSDIR = $(PREFIX)/lib/sysusers.d
SYSCONFDIR  = /etc/heed

# The tools of `make lint`, at fixed versions: a new finding is to come with a change of ours, not by itself.
STATICCHECK = honnef.co/go/tools/cmd/staticcheck@v0.8.2

INSTALL = install

.PHONY: all build test chaos fuzz servers bench microbench lint fmt install uninstall clean

all: build

# One static program: without cgo it needs no library of the machine that it is copied to.
build:
	CGO_ENABLED=0 $(GO) build -trimpath -o $(BUILD) ./cmd/heed

# The race detector is on and the order of tests changes with every run. HEED_REQUIRE_SERVERS turns a missing mail
# server from a skipped test into a failed one: green must not mean that nothing was tried. Only root can start Postfix.
test: servers
	@test "$$(id -u)" -eq 0 || echo "!! not root: the tests with a real Postfix are passed over; sudo make test runs them"
	HEED_REQUIRE_SERVERS=$$(test "$$(id -u)" -ne 0 || echo 1) $(GO) test -race -shuffle=on -timeout 20m ./...

# Minutes of everything that can go wrong, from a seed: kill -9, full disks, broken connections, refusing servers. The
# same seed makes the same faults. `make test` runs a short form of it.
SEED = 1
chaos: servers
	HEED_EVERY_STATEMENT=1 $(GO) test ./internal/steps -count 1 -timeout 20m
	$(GO) test ./internal/chaos -run WhateverGoesWrong -count 1 -v -timeout 20m -args -long -seed $(SEED)

# Installs Dovecot, Postfix, PostgreSQL, MariaDB and a C compiler (for the race detector) where they are missing; Debian
# and its kin only.
servers:
	@./.ci/servers

# Measures the program beside a bare socket, mbsync and imapfilter, on a real Dovecot, in about ten minutes; prints a
# table, and writes docs/benchmarks.md and its plot. BENCH=backlog (or attachments, memory, arrival, classify, state,
# idle) measures one part alone and writes nothing; BENCH_ROUNDS=2 shortens it.
BENCH ?=
bench:
	@./.ci/servers isync imapfilter
	HEED_BENCH=$(CURDIR)/docs $(GO) test ./internal/bench -run 'TestBenchmarks/$(BENCH)' -count=1 -timeout 40m -v

# The stages of one mail's way and the parts of them, for benchstat. Where something that is not ours does the same, it is
# measured in the same run.
microbench:
	$(GO) test -run '^$$' -bench . -benchmem -timeout 20m \
		$$(grep -rl --include='*_test.go' '^func Benchmark' . | xargs -n 1 dirname | sort -u)

# Every fuzzer, one after the other: make fuzz FUZZTIME=10m
FUZZTIME ?= 1m
fuzz:
	@grep -rn --include='*_test.go' '^func Fuzz' . | sed -E 's#^\./(.*)/[^/]*\.go:[0-9]+:func (Fuzz[A-Za-z0-9]+).*#\1 \2#' | sort | \
	while read -r dir name; do \
		echo "== $$dir $$name"; \
		$(GO) test ./$$dir -run '^$$' -fuzz "^$$name\$$" -fuzztime $(FUZZTIME) || exit 1; \
	done

lint:
	@unformatted="$$(gofmt -l .)"; test -z "$$unformatted" || { echo "gofmt would change:"; echo "$$unformatted"; exit 1; }
	$(GO) vet ./...
	$(GO) run $(STATICCHECK) ./...

fmt:
	gofmt -w .

install: build
	$(INSTALL) -d $(DESTDIR)$(BINDIR) $(DESTDIR)$(MANDIR) $(DESTDIR)$(DOCDIR) $(DESTDIR)$(UNITDIR) $(DESTDIR)$(SYSUSERSDIR) $(DESTDIR)$(SYSCONFDIR)
	$(INSTALL) -m 0755 $(BUILD) $(DESTDIR)$(BINDIR)/heed
	$(INSTALL) -m 0644 docs/heed.1 $(DESTDIR)$(MANDIR)/heed.1
	$(INSTALL) -m 0644 docs/admin.md docs/hearing.md docs/reliability.md docs/prometheus.rules.yml CHANGELOG.md LICENSE systemd/heed.toml $(DESTDIR)$(DOCDIR)
	sed -e 's#@BINDIR@#$(BINDIR)#g' -e 's#@SYSCONFDIR@#$(SYSCONFDIR)#g' -e 's#@DOCDIR@#$(DOCDIR)#g' \
		systemd/heed.service > $(DESTDIR)$(UNITDIR)/heed.service
	chmod 0644 $(DESTDIR)$(UNITDIR)/heed.service
	$(INSTALL) -m 0644 systemd/heed.sysusers $(DESTDIR)$(SYSUSERSDIR)/heed.conf
	test -e $(DESTDIR)$(SYSCONFDIR)/heed.toml || $(INSTALL) -m 0640 systemd/heed.toml $(DESTDIR)$(SYSCONFDIR)/heed.toml

# Settings and state stay: they are the administrator's.
uninstall:
	rm -f $(DESTDIR)$(BINDIR)/heed $(DESTDIR)$(MANDIR)/heed.1 $(DESTDIR)$(UNITDIR)/heed.service $(DESTDIR)$(SYSUSERSDIR)/heed.conf
	rm -rf $(DESTDIR)$(DOCDIR)

clean:
	rm -f $(BUILD)
