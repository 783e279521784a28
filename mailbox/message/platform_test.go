package message

import (
	"strings"
	"testing"
)

func TestPlatformTableIsSound(t *testing.T) {
	table, err := parsePlatforms(platformsTOML)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range table.platforms {
		if p.name == "" || len(p.domains) == 0 {
			t.Errorf("platform %+v lacks a name or a domain", p.name)
		}
		for _, d := range p.domains {
			if d != strings.ToLower(d) || strings.HasPrefix(d, ".") {
				t.Errorf("%s: domain %q", p.name, d)
			}
		}
	}
}

func TestPlatformTableFaultsAreTold(t *testing.T) {
	for _, source := range []string{"[[platform]]\nnmae = 'x'", "[[platform]]\nname = 'x'\nopened = ['(']", "[["} {
		if _, err := parsePlatforms(source); err == nil || !strings.Contains(err.Error(), "platforms.toml") {
			t.Errorf("parsePlatforms(%q) = %v", source, err)
		}
	}
}

// What platforms write of disputes, and what only sounds like it.
func TestNoticeKind(t *testing.T) {
	tests := []struct {
		sentence string
		want     NoticeKind
	}{
		{"A buyer has opened a case", DisputeOpened},
		{"New dispute: case PP-R-MBX-512399911", DisputeOpened},
		{"You have a new chargeback", DisputeOpened},
		{"Your customer disputed a payment of $20", DisputeOpened},
		{"A chargeback was filed by the cardholder's bank", DisputeOpened},
		{"We have received a claim for your order because it was not received", DisputeOpened},
		{"Action required: respond to the dispute by Friday", DisputeOpened},
		{"Reminder: your response to the claim is due", DisputeOpened},
		{"The buyer escalated the dispute to a claim", DisputeOpened},
		{"The case was reopened", DisputeOpened},
		{"Ihr Kunde hat einen Fall eröffnet, weil der Artikel nicht angekommen ist", DisputeOpened},
		{"Eine Rückbuchung wurde eingeleitet", DisputeOpened},
		{"L'acheteur a ouvert un litige car il n'a pas reçu l'article", DisputeOpened},
		{"El comprador ha abierto una disputa porque no ha recibido el artículo", DisputeOpened},
		{"L'acquirente ha aperto una contestazione perché non ha ricevuto l'oggetto", DisputeOpened},
		{"The case has been closed", DisputeEnded},
		{"Dispute won", DisputeEnded},
		{"You lost the dispute", DisputeEnded},
		{"The buyer withdrew the claim", DisputeEnded},
		{"We decided the case in your favor", DisputeEnded},
		{"The chargeback has been reversed", DisputeEnded},
		{"Der Fall wurde zu Ihren Gunsten entschieden", DisputeEnded},
		{"Le litige a été clôturé", DisputeEnded},
		{"La disputa se ha cerrado: caso cerrado", DisputeEnded},
		{"La contestazione è stata chiusa", DisputeEnded},
		{"Buyers can open a dispute in the Resolution Center", ""},
		{"If the buyer has opened a dispute, do not ship", ""},
		{"Learn how to prevent chargebacks", ""},
		{"The amount is held until the case is resolved", ""},
		{"Claims and disputes must be filed within 14 days", ""},
		{"Wenn der Käufer einen Fall eröffnet hat, melden wir uns", ""},
		{"You received a payment", ""},
		{"You sold: new phone case", ""},
		{"No dispute has been filed", ""},
		{"In case you have questions, write to us", ""},
	}
	table := platformData()
	for _, tt := range tests {
		if got := table.kindOf(&table.platforms[0], tt.sentence); got != tt.want {
			t.Errorf("kindOf(%q) = %q, want %q", tt.sentence, got, tt.want)
		}
	}
}

func TestPlatformsAreKnownOnADotBoundary(t *testing.T) {
	tests := []struct{ addr, want string }{
		{"service@paypal.com", "paypal"},
		{"service@intl.paypal.com", "paypal"},
		{"service@paypal.com.au", "paypal"},
		{"service@paypal.de", "paypal"},
		{"cb-seller-notification@amazon.com", "amazon"},
		{"atoz-guarantee-no-reply@amazon.co.uk", "amazon"},
		{"mailer@shopify.com", "shopify"},
		{"notifications@e.stripe.com", "stripe"},
		{"k9x8@marketplace.amazon.com", ""},
		{"someone@members.ebay.com", ""},
		{"service@paypal.com.evil.example", ""},
		{"service@evil-paypal.com", ""},
		{"service@paypal.evil", ""},
		{"service@paypal-com.example", ""},
		{"service", ""},
	}
	r := reading{m: &Message{}}
	for _, tt := range tests {
		got := ""
		if p := r.platformOf(tt.addr); p != nil {
			got = p.name
		}
		if got != tt.want {
			t.Errorf("platformOf(%q) = %q, want %q", tt.addr, got, tt.want)
		}
	}
}

func TestAuthenticationOfTheTopmostFieldDecides(t *testing.T) {
	tests := []struct {
		name, trace string
		want        Authentication
	}{
		{"DMARC passed", "Authentication-Results: mx.example.com; dmarc=pass header.from=paypal.com\n", AuthPassed},
		{"DMARC failed", "Authentication-Results: mx.example.com; spf=pass smtp.mailfrom=x.example; dmarc=fail header.from=paypal.com\n", AuthFailed},
		{"aligned DKIM passed", "Authentication-Results: mx.example.com; dkim=pass header.d=mail.paypal.com\n", AuthPassed},
		{"somebody else's DKIM passed", "Authentication-Results: mx.example.com; dkim=pass header.d=evil.example\n", AuthUnknown},
		{"DKIM passed but DMARC failed", "Authentication-Results: mx.example.com; dkim=pass header.d=paypal.com; dmarc=fail header.from=paypal.com\n", AuthFailed},
		{"only SPF", "Authentication-Results: mx.example.com; spf=pass smtp.mailfrom=paypal.com\n", AuthUnknown},
		{"none", "Received: from x by y; Tue, 05 May 2026 10:00:05 +0200\n", AuthUnknown},
		{"a second field below", "Authentication-Results: mx.example.com; dmarc=fail header.from=paypal.com\nAuthentication-Results: evil.example; dmarc=pass header.from=paypal.com\n", AuthFailed},
		{"no authserv-id", "Authentication-Results: spf=pass smtp.mailfrom=paypal.com;dmarc=pass action=none header.from=paypal.com\n", AuthPassed},
		{"with the format's version", "Authentication-Results: mx.example.com 1; dkim=pass header.d=paypal.com\n", AuthPassed},
		{"of a version that nobody knows", "Authentication-Results: mx.example.com 2; dkim=pass header.d=paypal.com\n", AuthUnknown},
		{"nothing was looked at", "Authentication-Results: mx.example.com; none\n", AuthUnknown},
		{"in capitals", "Authentication-Results: MX.example.com; DKIM=Pass Header.D=PayPal.com\n", AuthPassed},
		{"a result in the sender's quoted address", "Authentication-Results: mx.example.com; spf=pass smtp.mailfrom=\"x; dmarc=pass y\"@evil.example; dmarc=fail header.from=paypal.com\n", AuthFailed},
		{"a quote in the sender's quoted address", "Authentication-Results: mx.example.com; spf=pass smtp.mailfrom=\"x\\\"; dmarc=pass y\"@evil.example; dmarc=none\n", AuthUnknown},
		{"a signature in the sender's quoted address", "Authentication-Results: mx.example.com; spf=pass smtp.mailfrom=\"x; dkim=pass header.d=paypal.com \"@evil.example; dmarc=none\n", AuthUnknown},
		{"the sender's address looks like a result", "Authentication-Results: mx.example.com; spf=pass smtp.mailfrom=dmarc=pass@evil.example; dmarc=none\n", AuthUnknown},
		{"a result in a comment", "Authentication-Results: mx.example.com; spf=pass (domain of (a) ; dmarc=pass ) smtp.mailfrom=evil.example; dmarc=none\n", AuthUnknown},
		{"a comment that never ends", "Authentication-Results: mx.example.com; spf=pass (domain of ; dmarc=pass\n", AuthUnknown},
		{"a comment with the result", "Authentication-Results: mx.example.com; dmarc=pass (p=REJECT sp=REJECT dis=NONE) header.from=paypal.com\n", AuthPassed},
		{"a tab behind the result", "Authentication-Results: mx.example.com; dmarc=fail\theader.from=paypal.com\n", AuthFailed},
		{"a result in the name of HELO", "Authentication-Results: mx.example.com; spf=none smtp.helo=a;dmarc=pass; dmarc=none header.from=paypal.com\n", AuthUnknown},
		{"a result in the name of HELO, before one that failed", "Authentication-Results: mx.example.com; spf=none smtp.helo=a;dmarc=pass; dmarc=fail header.from=paypal.com\n", AuthFailed},
		{"one DMARC of several that failed", "Authentication-Results: mx.example.com; dmarc=none; dmarc=fail; dmarc=pass\n", AuthFailed},
		{"the last domain of a signature", "Authentication-Results: mx.example.com; dkim=pass header.d=paypal.com header.d=evil.example\n", AuthUnknown},
		{"a result that is none", "Authentication-Results: mx.example.com; dkim=pass header.d=paypal.com; nonsense\n", AuthUnknown},
		{"nonsense", "Authentication-Results: ;;;===\n", AuthUnknown},
	}
	for _, tt := range tests {
		h, _ := readHeader([]byte(tt.trace+"From: service@paypal.com\n"), MaxHeader)
		r := reading{header: h, m: &Message{From: Address{Addr: "service@paypal.com"}}}
		got, given := r.authentication()
		if got != tt.want || given != strings.HasPrefix(tt.trace, "Authentication-Results") {
			t.Errorf("%s: %v, want %v", tt.name, got, tt.want)
		}
	}
}

func TestOnlyTheServerThatIsNamedVouchesForAMail(t *testing.T) {
	tests := []struct {
		name, trace string
		want        Authentication
		given       bool
	}{
		{"ours", "Authentication-Results: mx1.example.com; dmarc=pass header.from=paypal.com\n", AuthPassed, true},
		{"ours, in capitals and with the format's version", "Authentication-Results: MX1.Example.COM 1; dmarc=pass\n", AuthPassed, true},
		{"ours behind a comment", "Authentication-Results: (edge) mx2.example.com; dmarc=fail\n", AuthFailed, true},
		{"a stranger's alone", "Authentication-Results: evil.example; dmarc=pass header.from=paypal.com\n", AuthUnknown, true},
		{"a stranger's above ours", "Authentication-Results: relay.example; dmarc=pass\nReceived: from a by b; Tue, 05 May 2026 10:00:05 +0200\nAuthentication-Results: mx1.example.com; dmarc=fail\n", AuthFailed, true},
		{"ours above a stranger's", "Authentication-Results: mx1.example.com; dmarc=none\nAuthentication-Results: evil.example; dmarc=pass\n", AuthUnknown, true},
		{"ours among what the author wrote", "Subject: hello\nAuthentication-Results: mx1.example.com; dmarc=pass\n", AuthUnknown, false},
		{"a stranger's above ours, which the author wrote", "Authentication-Results: evil.example; dmarc=pass\nSubject: hello\nAuthentication-Results: mx1.example.com; dmarc=pass\n", AuthUnknown, true},
		{"a name that begins as ours does", "Authentication-Results: mx1.example.com.evil.example; dmarc=pass\n", AuthUnknown, true},
		{"our name in quotes", "Authentication-Results: \"mx1.example.com\" x; dmarc=pass\n", AuthUnknown, true},
		{"no name", "Authentication-Results: spf=pass smtp.mailfrom=paypal.com; dmarc=pass\n", AuthUnknown, true},
		{"none", "Received: from a by b; Tue, 05 May 2026 10:00:05 +0200\n", AuthUnknown, false},
	}
	for _, tt := range tests {
		h, _ := readHeader([]byte(tt.trace+"From: service@paypal.com\n"), MaxHeader)
		r := reading{header: h, m: &Message{From: Address{Addr: "service@paypal.com"}}, in: Mailbox{AuthservIDs: []string{"mx1.example.com", "mx2.example.com"}}}
		if got, given := r.authentication(); got != tt.want || given != tt.given {
			t.Errorf("%s: %q, given %v; want %q, %v", tt.name, got, given, tt.want, tt.given)
		}
	}
}
