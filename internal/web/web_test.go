package web

import (
	"bufio"
	"context"
	"errors"
	"flag"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"go.uber.org/zap"
)

var update = flag.Bool("update", false, "write the golden files anew")

var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// fixed is a Source that always says the same.
type fixed struct {
	status Status
	err    error
}

func (f fixed) Status(context.Context) (Status, error) { return f.status, f.err }

func well() Status {
	return Status{
		Now: noon, Version: "v1.2.3", Started: noon.Add(-50 * time.Hour),
		Mailboxes: []Mailbox{
			{Name: "support-us", Folders: []Folder{
				{Name: "INBOX", LastSuccess: noon.Add(-7 * time.Second), Healthy: true},
				{Name: "Sent", LastSuccess: noon.Add(-30 * time.Second), Healthy: true},
			}},
			{Name: "support-de", Folders: []Folder{{Name: "INBOX", LastSuccess: noon, Healthy: true}}},
		},
	}
}

func trouble() Status {
	s := well()
	s.Mailboxes[1].Folders[0] = Folder{Name: "INBOX", LastSuccess: noon.Add(-3 * time.Hour),
		Problem: `log in as support-de at imap.example.com:993: the server says NO "<b>no</b>"; check the password`}
	s.Mailboxes = append(s.Mailboxes, Mailbox{Name: "support-fr"},
		Mailbox{Name: "support-it", Folders: []Folder{{Name: "INBOX", Healthy: true}}}) // it is being connected to
	s.Outbox = Outbox{Pending: 2, Failed: 1, OldestPending: noon.Add(-10 * time.Minute)}
	s.Undelivered = []Undelivered{{About: "case 12", Recipient: "lu@example.com", Problem: "550 no such user"}}
	s.Cases = []Case{
		{ID: 12, State: "open", Channel: "amazon", OpenedAt: noon.Add(-90 * time.Minute)},
		{ID: 9, State: "acked", Channel: "shopify", OpenedAt: noon.Add(-72 * time.Hour)},
	}
	s.OpenCases = 5
	return s
}

// mailLate is a server that takes no mail: what warns of it would have to go that way itself.
func mailLate() Status {
	s := well()
	s.Late, s.Outbox = 15*time.Minute, Outbox{Pending: 3, OldestPending: noon.Add(-time.Hour), OldestMail: noon.Add(-16 * time.Minute)}
	return s
}

func newServer(source Source, loopback bool) (*Server, *Metrics) {
	m := NewMetrics(MetricsOptions{Source: source, Version: "v1.2.3", Mailboxes: []string{"support-us"}, Rules: []string{"abuse"}})
	return New(Options{Source: source, Metrics: m, Log: zap.NewNop(), Loopback: loopback}), m
}

func get(s http.Handler, method, host, path string) (int, http.Header, string) {
	r := httptest.NewRequest(method, path, nil)
	r.Host = host
	w := httptest.NewRecorder()
	s.ServeHTTP(w, r)
	return w.Code, w.Result().Header, w.Body.String()
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s:\n%s\nwant:\n%s", name, got, want)
	}
}

func TestThePageSaysOfWhatIsHeldBackThatItIs(t *testing.T) {
	held := well()
	held.Outbox = Outbox{Pending: 2}
	s, _ := newServer(fixed{status: held}, true)
	if _, _, body := get(s, "GET", "localhost:8480", "/"); !strings.Contains(body, "<p>2 to do, held back for now; 0 failed.</p>") {
		t.Errorf("the page is\n%s", body)
	}
}

func TestThePagesSayHowHeedIsDoing(t *testing.T) {
	for _, c := range []struct {
		name    string
		status  Status
		healthz int
	}{{"well", well(), 200}, {"trouble", trouble(), 503}, {"mail-late", mailLate(), 503}, {"nothing", Status{Now: noon, Started: noon}, 200}} {
		t.Run(c.name, func(t *testing.T) {
			s, _ := newServer(fixed{status: c.status}, true)
			code, header, body := get(s, "GET", "localhost:8480", "/")
			if code != 200 || !strings.HasPrefix(header.Get("Content-Type"), "text/html") {
				t.Errorf("/ answers %d %s", code, header)
			}
			golden(t, c.name+".html", body)
			code, _, body = get(s, "GET", "localhost:8480", "/healthz")
			if code != c.healthz {
				t.Errorf("/healthz answers %d, want %d", code, c.healthz)
			}
			golden(t, c.name+".healthz.txt", body)
			code, header, body = get(s, "GET", "localhost:8480", "/status.json")
			if code != 200 || header.Get("Content-Type") != "application/json" {
				t.Errorf("/status.json answers %d %s", code, header)
			}
			golden(t, c.name+".json", body)
		})
	}
}

func TestMetricsCountFromZero(t *testing.T) {
	s, m := newServer(fixed{status: trouble()}, true)
	m.Message("support-us", "inbound")
	m.Signal("abuse")
	m.Signal("abuse")
	m.Escalation("abuse")
	m.Delivery("mail", "retry")
	m.Stage("hear", 300*time.Microsecond)
	code, _, body := get(s, "GET", "127.0.0.1:8480", "/metrics")
	if code != 200 {
		t.Fatalf("/metrics answers %d", code)
	}
	var ours strings.Builder
	for line := range strings.Lines(body) {
		if strings.HasPrefix(line, "heed_") && !strings.HasPrefix(line, "heed_build_info") && !strings.Contains(line, "_bucket") {
			ours.WriteString(line)
		}
	}
	golden(t, "metrics.txt", ours.String())
	if !strings.Contains(body, `heed_build_info{goversion="go1.`) || !strings.Contains(body, "go_goroutines") {
		t.Errorf("no build info or runtime metrics in\n%s", body)
	}
}

func TestAStateThatCannotBeReadIsSaid(t *testing.T) {
	s, _ := newServer(fixed{err: errors.New("disk on fire")}, true)
	for _, path := range []string{"/", "/healthz"} {
		code, _, body := get(s, "GET", "localhost", path)
		if code != 503 || strings.Contains(body, "fire") {
			t.Errorf("%s answers %d %q", path, code, body)
		}
	}
	if code, _, body := get(s, "GET", "localhost", "/metrics"); code != 200 || !strings.Contains(body, "heed_state_readable 0") {
		t.Errorf("/metrics answers %d without heed_state_readable 0", code)
	}
}

func TestOnlyWhoKnowsTheTokenIsAnswered(t *testing.T) {
	s := New(Options{Source: fixed{status: well()}, Metrics: NewMetrics(MetricsOptions{Source: fixed{}}), Log: zap.NewNop(), Token: "tok-1"})
	tests := []struct {
		name  string
		login func(*http.Request)
		want  int
	}{
		{"nothing", func(*http.Request) {}, 401},
		{"bearer", func(r *http.Request) { r.Header.Set("Authorization", "Bearer tok-1") }, 200},
		{"a wrong bearer", func(r *http.Request) { r.Header.Set("Authorization", "Bearer tok-2") }, 401},
		{"a longer bearer", func(r *http.Request) { r.Header.Set("Authorization", "Bearer tok-1x") }, 401},
		{"an empty bearer", func(r *http.Request) { r.Header.Set("Authorization", "Bearer ") }, 401},
		{"basic", func(r *http.Request) { r.SetBasicAuth("anybody", "tok-1") }, 200},
		{"basic with the token as name", func(r *http.Request) { r.SetBasicAuth("tok-1", "") }, 401},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			for _, path := range []string{"/", "/healthz", "/metrics", "/style.css", "/nowhere"} {
				r := httptest.NewRequest("GET", path, nil)
				tt.login(r)
				w := httptest.NewRecorder()
				s.ServeHTTP(w, r)
				want := tt.want
				if path == "/nowhere" && want == 200 {
					want = 404
				}
				if w.Code != want {
					t.Errorf("%s answers %d, want %d", path, w.Code, want)
				}
			}
		})
	}
}

// A page in an administrator's browser may point a name of its own at 127.0.0.1 and read what is there.
func TestAForeignNameForLoopbackIsRefused(t *testing.T) {
	for host, want := range map[string]int{
		"localhost": 200, "LOCALHOST:8480": 200, "127.0.0.1:8480": 200, "127.9.9.9": 200, "[::1]:8480": 200, "[::1]": 200,
		"evil.example": 421, "evil.example:8480": 421, "": 421, "127.0.0.1.evil.example": 421, "localhost.evil.example": 421, "192.0.2.1": 421,
	} {
		s, _ := newServer(fixed{status: well()}, true)
		for _, path := range []string{"/", "/healthz", "/metrics", "/style.css"} {
			if code, _, _ := get(s, "GET", host, path); code != want {
				t.Errorf("host %q, %s: %d, want %d", host, path, code, want)
			}
		}
	}
	s, _ := newServer(fixed{status: well()}, false)
	if code, _, _ := get(s, "GET", "heed.example.com", "/"); code != 200 {
		t.Errorf("a server that listens beyond loopback answers %d to its name", code)
	}
}

func TestOnlyReadingIsAnswered(t *testing.T) {
	s, _ := newServer(fixed{status: well()}, true)
	for _, c := range []struct {
		method, path string
		want         int
	}{
		{"HEAD", "/", 200}, {"POST", "/", 405}, {"DELETE", "/metrics", 405}, {"GET", "/cases/1", 404}, {"GET", "/../etc/passwd", 404},
		{"GET", "/style.css", 200},
	} {
		if code, _, _ := get(s, c.method, "localhost", c.path); code != c.want && code != http.StatusMovedPermanently && code != http.StatusTemporaryRedirect {
			t.Errorf("%s %s: %d, want %d", c.method, c.path, code, c.want)
		}
	}
	_, header, _ := get(s, "GET", "localhost", "/")
	for name, want := range map[string]string{"X-Content-Type-Options": "nosniff", "Cache-Control": "no-store", "X-Frame-Options": "DENY"} {
		if header.Get(name) != want {
			t.Errorf("%s is %q, want %q", name, header.Get(name), want)
		}
	}
	if csp := header.Get("Content-Security-Policy"); !strings.Contains(csp, "default-src 'none'") {
		t.Errorf("Content-Security-Policy is %q", csp)
	}
}

func TestServeStopsWithItsContextAndRefusesLongHeaders(t *testing.T) {
	s, _ := newServer(fixed{status: well()}, true)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- s.Serve(ctx, l) }()
	response, err := http.Get("http://" + l.Addr().String() + "/healthz")
	if err != nil {
		t.Fatal(err)
	}
	body, err := io.ReadAll(response.Body)
	if err != nil || response.StatusCode != 200 || !strings.Contains(string(body), "ok   support-us INBOX") {
		t.Errorf("answer %d %q, %v", response.StatusCode, body, err)
	}
	response.Body.Close()
	if line := rawRequest(t, l.Addr().String(), "X-Long: "+strings.Repeat("x", 32<<10)); !strings.Contains(line, "431") {
		t.Errorf("a long header is answered with %q", line)
	}
	cancel()
	if err := <-done; err != nil {
		t.Errorf("Serve returns %v", err)
	}
	if _, err := net.Dial("tcp", l.Addr().String()); err == nil {
		t.Error("the listener is open still")
	}
}

func rawRequest(t *testing.T, addr, header string) string {
	t.Helper()
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if _, err := io.WriteString(conn, "GET / HTTP/1.1\r\nHost: localhost\r\n"+header+"\r\n\r\n"); err != nil {
		t.Fatal(err)
	}
	line, err := bufio.NewReader(conn).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	return line
}

func TestServeSaysWhenItsListenerBreaks(t *testing.T) {
	s, _ := newServer(fixed{status: well()}, true)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l.Close()
	if err := s.Serve(context.Background(), l); err == nil {
		t.Error("Serve returns nil")
	}
}

func TestAgoUsesTheUnitThatMatters(t *testing.T) {
	for d, want := range map[time.Duration]string{
		-time.Hour: "just now", 0: "just now", 45 * time.Second: "45 s ago", 119 * time.Second: "119 s ago",
		10 * time.Minute: "10 min ago", 5 * time.Hour: "5 h ago", 72 * time.Hour: "3 days ago",
	} {
		if got := ago(noon, noon.Add(-d)); got != want {
			t.Errorf("ago(%s) = %q, want %q", d, got, want)
		}
	}
	if got := ago(noon, time.Time{}); got != "never" {
		t.Errorf("ago(zero) = %q", got)
	}
}

// docs/admin.md says which question each metric answers; it lists those that there are, and no other.
func TestTheManualHoldsEveryMetric(t *testing.T) {
	s, _ := newServer(fixed{status: trouble()}, true)
	_, _, body := get(s, "GET", "localhost", "/metrics")
	manual, err := os.ReadFile("../../docs/admin.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range regexp.MustCompile("(?m)^\\| `(heed_[a-z_]+)`").FindAllStringSubmatch(string(manual), -1) {
		if !strings.Contains(body, "# TYPE "+row[1]+" ") {
			t.Errorf("docs/admin.md explains %s, which does not exist", row[1])
		}
	}
	for _, row := range regexp.MustCompile("(?m)^# TYPE (heed_[a-z_]+) ").FindAllStringSubmatch(body, -1) {
		if !strings.Contains(string(manual), "\n| `"+row[1]+"` |") {
			t.Errorf("docs/admin.md does not explain %s", row[1])
		}
	}
}

// An alert on a metric that does not exist never rings.
func TestTheAlertsAskForMetricsThatExist(t *testing.T) {
	s, _ := newServer(fixed{status: trouble()}, true)
	_, _, body := get(s, "GET", "localhost", "/metrics")
	rules, err := os.ReadFile("../../docs/prometheus.rules.yml")
	if err != nil {
		t.Fatal(err)
	}
	asked := regexp.MustCompile("heed_[a-z_]+").FindAllString(string(rules), -1)
	if len(asked) < 5 {
		t.Fatalf("the rules ask for %q only", asked)
	}
	for _, name := range asked {
		if !strings.Contains(body, "# TYPE "+name+" ") {
			t.Errorf("docs/prometheus.rules.yml asks for %s, which does not exist", name)
		}
	}
}
