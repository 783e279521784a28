package web

import (
	"bytes"
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus/promhttp"
	"go.uber.org/zap"
)

// The limits of what a caller may take of us.
const (
	answerWithin  = 10 * time.Second // for what a page asks of the Source
	headerBytes   = 16 << 10
	scrapesAtOnce = 4
	stopWithin    = 5 * time.Second
)

// Options are the parts that a Server is made of.
type Options struct {
	Source  Source
	Metrics *Metrics
	Log     *zap.Logger
	// Loopback says that the server listens on a loopback address. Then it answers to loopback names only, so that no
	// page in an administrator's browser can read it by pointing a name of its own here (DNS rebinding).
	Loopback bool
	// Token is asked of every caller, as a bearer token (RFC 6750) or as the password of Basic authentication (RFC 7617)
	// with any name; "" asks nothing.
	Token string
}

// A Server answers HTTP requests. It may be used by several goroutines.
type Server struct {
	options Options
	handler http.Handler
}

// New returns a Server.
func New(o Options) *Server {
	s := &Server{options: o}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", s.page)
	mux.HandleFunc("GET /style.css", s.style)
	mux.HandleFunc("GET /healthz", s.healthz)
	mux.HandleFunc("GET /status.json", s.json)
	mux.Handle("GET /metrics", promhttp.HandlerFor(o.Metrics.registry, promhttp.HandlerOpts{
		MaxRequestsInFlight: scrapesAtOnce,
		Timeout:             answerWithin,
	}))
	s.handler = s.guard(mux)
	return s
}

// ServeHTTP answers one request.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.handler.ServeHTTP(w, r) }

// Serve answers requests until the context ends; then it lets those in hand finish, closes the listener and returns
// nil.
func (s *Server) Serve(ctx context.Context, l net.Listener) error {
	server := &http.Server{
		Handler:           s,
		ReadHeaderTimeout: 5 * time.Second,
		ReadTimeout:       10 * time.Second,
		WriteTimeout:      answerWithin + 10*time.Second,
		IdleTimeout:       time.Minute,
		MaxHeaderBytes:    headerBytes,
		ErrorLog:          zap.NewStdLog(s.options.Log),
	}
	stopped := make(chan error, 1)
	stop := context.AfterFunc(ctx, func() {
		grace, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopWithin)
		defer cancel()
		err := server.Shutdown(grace)
		if err != nil {
			err = errors.Join(err, server.Close())
		}
		stopped <- err
	})
	err := server.Serve(l)
	if stop() { // the context did not end it
		return fmt.Errorf("status page: %w", err)
	}
	if err := <-stopped; err != nil && !errors.Is(err, context.DeadlineExceeded) {
		return fmt.Errorf("stop the status page: %w", err)
	}
	return nil
}

// guard refuses requests that are not meant for us, and tells browsers to be careful with what they get.
func (s *Server) guard(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if s.options.Loopback && !isLoopback(r.Host) {
			http.Error(w, "Heed listens on this machine only; ask for it by 127.0.0.1 or localhost. A proxy has to set the Host header to that.",
				http.StatusMisdirectedRequest)
			return
		}
		if !s.knows(r) {
			w.Header().Set("WWW-Authenticate", `Basic realm="Heed", charset="UTF-8"`)
			http.Error(w, "Heed asks for its token: Authorization: Bearer TOKEN, or any name with the token as password.", http.StatusUnauthorized)
			return
		}
		h := w.Header()
		h.Set("Content-Security-Policy", "default-src 'none'; style-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'")
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("X-Frame-Options", "DENY")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Cache-Control", "no-store")
		next.ServeHTTP(w, r)
	})
}

// knows reports whether a caller bears the token. Digests are compared, so that the time it takes says nothing.
func (s *Server) knows(r *http.Request) bool {
	if s.options.Token == "" {
		return true
	}
	said, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	if !ok {
		_, said, _ = r.BasicAuth()
	}
	want, got := sha256.Sum256([]byte(s.options.Token)), sha256.Sum256([]byte(said))
	return subtle.ConstantTimeCompare(want[:], got[:]) == 1
}

// isLoopback reports whether a Host header names this machine. There is a port behind the name or not.
func isLoopback(host string) bool {
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	host = strings.TrimSuffix(strings.TrimPrefix(host, "["), "]")
	if strings.EqualFold(host, "localhost") {
		return true
	}
	ip := net.ParseIP(host)
	return ip != nil && ip.IsLoopback()
}

// status asks the Source, and answers the request itself when there is no answer.
func (s *Server) status(w http.ResponseWriter, r *http.Request) (Status, bool) {
	ctx, cancel := context.WithTimeout(r.Context(), answerWithin)
	defer cancel()
	status, err := s.options.Source.Status(ctx)
	if err != nil {
		s.options.Log.Error("the status page can't be filled", zap.Error(err))
		http.Error(w, "FAIL the state can't be read; the log says why: journalctl -u heed", http.StatusServiceUnavailable)
		return Status{}, false
	}
	return status, true
}

func (s *Server) page(w http.ResponseWriter, r *http.Request) {
	status, ok := s.status(w, r)
	if !ok {
		return
	}
	var body bytes.Buffer
	t, err := newPage(status.Now)
	if err == nil {
		err = t.Execute(&body, page{status})
	}
	if err != nil {
		s.options.Log.Error("the status page can't be written", zap.Error(err))
		http.Error(w, "the page can't be written; the log says why", http.StatusInternalServerError)
		return
	}
	s.write(w, "text/html; charset=utf-8", http.StatusOK, body.Bytes())
}

func (s *Server) style(w http.ResponseWriter, _ *http.Request) {
	s.write(w, "text/css; charset=utf-8", http.StatusOK, style)
}

// healthz answers 200 when every folder of every mailbox is read and mail goes out, else 503, with a line for each. An
// escalation that a server refused is said too, but it is no reason to restart anything, which monitors do on a 503.
func (s *Server) healthz(w http.ResponseWriter, r *http.Request) {
	status, ok := s.status(w, r)
	if !ok {
		return
	}
	var body bytes.Buffer
	code := http.StatusOK
	for _, m := range status.Mailboxes {
		for _, f := range m.Folders {
			if f.Well() {
				fmt.Fprintf(&body, "ok   %s %s: read %s\n", m.Name, f.Name, ago(status.Now, f.LastSuccess))
				continue
			}
			code = http.StatusServiceUnavailable
			fmt.Fprintf(&body, "FAIL %s %s: read %s: %s\n", m.Name, f.Name, ago(status.Now, f.LastSuccess), f.Trouble())
		}
		if len(m.Folders) == 0 {
			code = http.StatusServiceUnavailable
			fmt.Fprintf(&body, "FAIL %s: not read yet\n", m.Name)
		}
	}
	if d := status.MailLate(); d > 0 {
		code = http.StatusServiceUnavailable
		fmt.Fprintf(&body, "FAIL outbox: mail has waited for the SMTP server for %d min; nobody is told of anything until it takes mail again\n", d/time.Minute)
	}
	if n := status.Outbox.Failed; n > 0 {
		fmt.Fprintf(&body, "warn outbox: %d failed; see heed cases\n", n)
	}
	s.write(w, "text/plain; charset=utf-8", code, body.Bytes())
}

func (s *Server) write(w http.ResponseWriter, kind string, code int, body []byte) {
	w.Header().Set("Content-Type", kind)
	w.WriteHeader(code)
	if _, err := w.Write(body); err != nil {
		s.options.Log.Debug("a reader of the status page went away", zap.Error(err))
	}
}
