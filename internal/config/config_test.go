package config

import (
	"flag"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/heedmail/heed/escalation"
	"github.com/heedmail/heed/mailbox"
)

var update = flag.Bool("update", false, "write the want.txt files anew")

// Each directory under testdata/bad is one broken file and everything that is said about it.
func TestLoadReportsEveryFaultWithItsLine(t *testing.T) {
	dirs, err := filepath.Glob("testdata/bad/*")
	if err != nil || len(dirs) < 30 {
		t.Fatalf("found %d broken files, %v", len(dirs), err)
	}
	for _, dir := range dirs {
		t.Run(filepath.Base(dir), func(t *testing.T) {
			_, err := Load(filepath.Join(dir, "heed.toml"))
			if err == nil {
				t.Fatal("it loads; it should not")
			}
			got := strings.ReplaceAll(err.Error(), dir+string(filepath.Separator), "") + "\n"
			want := filepath.Join(dir, "want.txt")
			if *update {
				if err := os.WriteFile(want, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			expected, err := os.ReadFile(want)
			if err != nil {
				t.Fatal(err)
			}
			if got != string(expected) {
				t.Errorf("got:\n%s\nwant:\n%s", got, expected)
			}
		})
	}
}

func TestLoadFillsDefaultsAroundTheRequiredKeys(t *testing.T) {
	c, err := Load("testdata/good/least.toml")
	if err != nil {
		t.Fatal(err)
	}
	if want := filepath.Join("testdata", "good", "heed.db"); c.State != want {
		t.Errorf("state is %q, want %q beside the config file", c.State, want)
	}
	if c.Listen != "127.0.0.1:8480" || c.Language != "en" || !reflect.DeepEqual(c.Policy, escalation.DefaultPolicy()) {
		t.Errorf("top of the file: %+v", c)
	}
	m := c.Mailboxes[0]
	m.Password = Secret{}
	want := Mailbox{
		Name: "support", Role: Support, Channel: "web", Host: "imap.example.com", Port: 993, TLS: Implicit, Username: "support@example.com",
		Folders: []string{"INBOX"}, OwnAddresses: []string{"support@example.com"}, Poll: time.Minute,
		OnEscalate: OnEscalate{Keyword: "$Escalated", Note: true},
	}
	if !reflect.DeepEqual(m, want) {
		t.Errorf("mailbox:\n%+v\nwant\n%+v", m, want)
	}
	if c.SMTP.Port != 587 || c.SMTP.TLS != StartTLS || c.SMTP.FromAddr != "heed@example.com" {
		t.Errorf("smtp: %+v", c.SMTP)
	}
	if c.Domestic.Name == "" {
		t.Error("domestic has no name")
	}
}

func TestLoadReadsTheWholeContract(t *testing.T) {
	c, err := Load("testdata/good/whole.toml")
	if err != nil {
		t.Fatal(err)
	}
	m := c.Mailboxes[0]
	if m.Start != mailbox.Start(30*24*time.Hour) || m.Poll != 2*time.Minute || m.Port != 10143 || m.TLS != None {
		t.Errorf("mailbox: %+v", m)
	}
	if m.OnEscalate != (OnEscalate{Keyword: "", MoveTo: "Escalated", Note: false}) {
		t.Errorf("on_escalate: %+v", m.OnEscalate)
	}
	if got, want := m.Folders, []string{"INBOX", "Junk"}; !reflect.DeepEqual(got, want) {
		t.Errorf("folders %q, want %q", got, want)
	}
	if got, want := c.Reader(m).AuthservIDs, []string{"mx1.example.com", "mx2.example.com"}; !reflect.DeepEqual(got, want) {
		t.Errorf("authserv_ids %q, want %q", got, want)
	}
	if len(c.OAuth) != 3 || c.Mailboxes[2].Account().OAuth != c.OAuth[0] || c.Mailboxes[3].Account().OAuth != c.OAuth[1] || m.OAuth != nil || c.SMTP.OAuth != nil {
		t.Errorf("oauth: %v", c.OAuth)
	}
	people := c.People()
	if got, want := people.Contacts["amazon"], []string{"shannbo@example.com"}; !reflect.DeepEqual(got, want) {
		t.Errorf("contact of amazon is %q, want %q", got, want)
	}
	if got, want := people.Domestic, []string{"yodi@example.com", "silver@example.com"}; !reflect.DeepEqual(got, want) {
		t.Errorf("domestic is %q, want %q", got, want)
	}
	team := []string{"shannbo@example.com", "yodi@example.com", "silver@example.com", "boss@example.com", "morning@example.com"}
	if got := c.Team(); !reflect.DeepEqual(got, team) {
		t.Errorf("team is %q, want %q", got, team)
	}
	staff := append([]string{"heed@example.com"}, team...)
	if got := c.Staff(); !reflect.DeepEqual(got, staff) {
		t.Errorf("staff is %q, want %q", got, staff)
	}
	if a := c.Alert; len(a.To) != 1 || a.To[0] != "admin@example.com" || a.After != 30*time.Minute {
		t.Errorf("alert: %+v", a)
	}
	if own := c.Mailboxes[1].OwnAddresses; !c.Answerable() || !reflect.DeepEqual(own, []string{"heed@example.com"}) || !c.Mailboxes[1].Account().InboundOnly {
		t.Errorf("team mailbox: %+v", c.Mailboxes[1])
	}
	friday := time.Date(2026, 11, 6, 17, 0, 0, 0, c.Remind.Zone)
	if r := c.Remind; r.Zone.String() != "Asia/Shanghai" || r.After != 2*time.Hour || r.Repeat != 3*time.Hour || r.Limit != 5 || r.BeforeDeadline != 12*time.Hour ||
		r.Hours.After(friday, r.After) != friday.AddDate(0, 0, 3).Add(-7*time.Hour) {
		t.Errorf("remind: %+v", r)
	}
	if d := c.Digest; d.At != 8*time.Hour+15*time.Minute || d.Zone != c.Remind.Zone {
		t.Errorf("digest: %+v", d)
	}
	if len(c.Policy.Rules) != 1 || c.Policy.Rules[0].Name != "abuse" || c.Policy.Rules[0].Window != 12*time.Hour {
		t.Errorf("policy: %+v", c.Policy)
	}
	if play := c.Playbook.For("abuse", "", "amazon"); len(play.Tasks) != 2 || !play.Tasks[1].BeforeDeadline || play.Goodwill != "€20" || play.GoodwillWithApproval != "€100" || len(play.Offers) != 2 {
		t.Errorf("playbook: %+v", play)
	}
	if play := c.Playbook.For("abuse", "", "web"); len(play.Tasks) != 3 {
		t.Errorf("the built-in play of another channel: %+v", play)
	}
	if c.Lexicons[0] != filepath.Join("testdata", "good", "own.toml") || c.Templates != filepath.Join("testdata", "good", "templates") {
		t.Errorf("lexicons %q, templates %q", c.Lexicons, c.Templates)
	}
}

func TestAMailboxBecomesAnAccountThatIsValid(t *testing.T) {
	for file, mode := range map[string]mailbox.TLSMode{"least": mailbox.TLSImplicit, "whole": mailbox.TLSNone} {
		c, err := Load("testdata/good/" + file + ".toml")
		if err != nil {
			t.Fatal(err)
		}
		account := c.Mailboxes[0].Account()
		if err := account.Validate(); err != nil || account.TLS != mode {
			t.Errorf("%s: account %+v is not valid: %v", file, account, err)
		}
		reader := c.Reader(c.Mailboxes[0])
		if reader.EscalatesAs != "heed@example.com" || len(reader.OwnAddresses) == 0 || len(reader.Staff) < 2 {
			t.Errorf("%s: reader %+v", file, reader)
		}
	}
	if Implicit != TLS(mailbox.TLSImplicit) || StartTLS != TLS(mailbox.TLSStart) || None != TLS(mailbox.TLSNone) {
		t.Error("the words for TLS differ from those of package mailbox")
	}
}

// `heed check --print-policy` prints rules that are pasted into heed.toml; they have to mean the same there.
func TestThePrintedPolicyReadsBackAsItself(t *testing.T) {
	least, err := os.ReadFile("testdata/good/least.toml")
	if err != nil {
		t.Fatal(err)
	}
	printed := escalation.DefaultPolicy().TOML()
	c, err := load("heed.toml", []byte(string(least)+"\n"+printed))
	if err != nil {
		t.Fatal(err)
	}
	if c.Policy.TOML() != printed {
		t.Errorf("read back:\n%s\nwant\n%s", c.Policy.TOML(), printed)
	}
}

func TestLoadWarnsOfWhatIsLegalButUnwise(t *testing.T) {
	c, err := Load("testdata/good/unwise.toml")
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, w := range c.Warnings {
		got = append(got, strings.ReplaceAll(w.Error(), "testdata/good/", ""))
	}
	want, err := os.ReadFile("testdata/good/unwise.want.txt")
	if err != nil {
		t.Fatal(err)
	}
	if text := strings.Join(got, "\n") + "\n"; text != string(want) {
		t.Errorf("warnings:\n%s\nwant:\n%s", text, want)
	}
}

func TestLoadSaysWhereAConfigFileIsLookedFor(t *testing.T) {
	_, err := Load("testdata/good/nowhere.toml")
	if err == nil || !strings.Contains(err.Error(), "name yours with -c FILE or in HEED_CONFIG") {
		t.Errorf("error is %v", err)
	}
}

func TestLoadRefusesAFileThatIsTooLarge(t *testing.T) {
	path := filepath.Join(t.TempDir(), "heed.toml")
	if err := os.WriteFile(path, []byte(strings.Repeat("# x\n", MaxFile/4+1)), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Load(path); err == nil || !strings.Contains(err.Error(), "larger than 1024 KiB") {
		t.Errorf("error is %v", err)
	}
}

func TestNearestFindsSlipsOfTheFingerOnly(t *testing.T) {
	known := []string{"username", "host", "port", "to", "password_file"}
	for key, want := range map[string]string{
		"usrname": "username", "hots": "host", "pasword_file": "password_file", "prot": "port", "colour": "", "x": "", "from": "",
		strings.Repeat("host", 1000): "",
	} {
		if got := nearest(key, known); got != want {
			t.Errorf("nearest(%q) = %q, want %q", key, got, want)
		}
	}
}

// Whatever stands in a file, reading it ends in a config or in faults that have a place in that file, and twice the
// same; a config that is returned can be worked with.
func FuzzLoad(f *testing.F) {
	err := filepath.WalkDir("testdata", func(path string, d fs.DirEntry, err error) error {
		if err != nil || filepath.Ext(path) != ".toml" {
			return err
		}
		data, err := os.ReadFile(path)
		f.Add(data)
		return err
	})
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		c, err := load("heed.toml", data)
		again, errAgain := load("heed.toml", data)
		if (err == nil) != (errAgain == nil) || err != nil && err.Error() != errAgain.Error() {
			t.Fatalf("two readings differ: %v and %v", err, errAgain)
		}
		if err != nil {
			lines, last := strings.Count(string(data), "\n")+1, 0
			for _, fault := range err.(Faults) {
				if fault.Line < max(last, 1) || fault.Line > lines || strings.Contains(fault.Problem, "\n") {
					t.Errorf("a fault without its place: %v", fault)
				}
				last = fault.Line
			}
			return
		}
		if c.State == "" || len(c.Mailboxes) == 0 || len(c.Domestic.To) == 0 || c.SMTP.FromAddr == "" || len(again.Policy.Rules) == 0 {
			t.Errorf("a config without what is required: %+v", c)
		}
		for _, m := range c.Mailboxes {
			if m.Name == "" || m.Host == "" || m.Port < 1 || !m.Password.IsSet() || m.Poll < pollLeast || len(m.Folders) == 0 {
				t.Errorf("a mailbox that can't be read: %+v", m)
			}
		}
	})
}

func TestATeamMailboxThatCannotDoItsWorkIsPointedAt(t *testing.T) {
	const rest = "\n[smtp]\nhost = \"smtp.example.com\"\nfrom = \"heed@example.com\"\n[domestic]\nto = [\"yodi@example.com\"]\n"
	mailbox := func(name, role, user string) string {
		return fmt.Sprintf("[[mailbox]]\nname = %q\nrole = %q\nhost = \"imap.example.com\"\nusername = %q\npassword_env = \"HEED_TEST_PASSWORD\"\n", name, role, user)
	}
	for _, tt := range []struct{ name, mailboxes, want string }{
		{"as it should be", mailbox("support", "support", "support@example.com") + mailbox("heed", "team", "heed@example.com"), ""},
		{"one account twice", mailbox("support", "support", "Heed@example.com") + mailbox("heed", "team", "heed@example.com"), "are one account"},
		{"no support mailbox", mailbox("heed", "team", "heed@example.com"), "no customer's mail is read"},
	} {
		c, err := load("heed.toml", []byte("state = \"heed.db\"\n"+tt.mailboxes+rest))
		if err != nil {
			t.Fatal(err)
		}
		var role []string
		for _, w := range c.Warnings {
			if w.Key == "mailbox.role" {
				role = append(role, w.Problem)
			}
		}
		if got := strings.Join(role, "; "); (got == "") != (tt.want == "") || !strings.Contains(got, tt.want) {
			t.Errorf("%s: %q", tt.name, got)
		}
	}
}

func TestCustomersMayStandInOneFileOrInSeveral(t *testing.T) {
	const rest = "state = \"heed.db\"\n[[mailbox]]\nname = \"m\"\nhost = \"imap.example.com\"\nusername = \"m@example.com\"\npassword_env = \"HEED_TEST_PASSWORD\"\n" +
		"[smtp]\nhost = \"smtp.example.com\"\nfrom = \"heed@example.com\"\n[domestic]\nto = [\"yodi@example.com\"]\n[customers]\ncsv = "
	for csv, want := range map[string][]string{
		`"customers.csv"`:                      {"/etc/heed/customers.csv"},
		`["customers.csv", "/srv/orders.csv"]`: {"/etc/heed/customers.csv", "/srv/orders.csv"},
		`""`:                                   nil,
	} {
		c, err := load("/etc/heed/heed.toml", []byte(rest+csv+"\n"))
		if err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(c.Customers.Files, want) || c.Customers.Currency != "USD" {
			t.Errorf("csv = %s: %+v", csv, c.Customers)
		}
	}
}
