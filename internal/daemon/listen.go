package daemon

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"strings"
	"time"

	"github.com/heedmail/heed/internal/config"
)

// socketMode lets the group of Heed's user, such as a monitor's, ask for the status page.
const socketMode = 0o660

// listen opens the status page's port or socket, or returns nil when there is to be none.
func (d *daemon) listen(ctx context.Context) (net.Listener, error) {
	where := d.cfg.Listen
	if where == "" {
		return nil, nil
	}
	var lc net.ListenConfig
	if path, ok := strings.CutPrefix(where, "unix:"); ok {
		return d.listenUnix(ctx, &lc, path)
	}
	ln, err := lc.Listen(ctx, "tcp", where)
	if err != nil {
		return nil, fmt.Errorf("listen = %q in %s: %w; another Heed may be running, or set listen = \"\"", where, d.cfg.Path, err)
	}
	if d.cfg.Web.CertFile == "" {
		return ln, nil
	}
	cert, err := tls.LoadX509KeyPair(d.cfg.Web.CertFile, d.cfg.Web.KeyFile)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("web.cert_file and web.key_file in %s: %w", d.cfg.Path, err), ln.Close())
	}
	return tls.NewListener(ln, &tls.Config{MinVersion: tls.VersionTLS12, Certificates: []tls.Certificate{cert}}), nil
}

// listenUnix opens a socket. One that a Heed that was killed left behind is taken away; one that answers is not.
func (d *daemon) listenUnix(ctx context.Context, lc *net.ListenConfig, path string) (net.Listener, error) {
	if info, err := os.Lstat(path); err == nil && info.Mode().Type() == fs.ModeSocket {
		dialer := net.Dialer{Timeout: time.Second}
		if conn, err := dialer.DialContext(ctx, "unix", path); err == nil {
			return nil, errors.Join(fmt.Errorf("listen = %q in %s: another Heed answers there", d.cfg.Listen, d.cfg.Path), conn.Close())
		}
		if err := os.Remove(path); err != nil {
			return nil, fmt.Errorf("listen = %q in %s: take away the old socket: %w", d.cfg.Listen, d.cfg.Path, err)
		}
	}
	ln, err := lc.Listen(ctx, "unix", path)
	if err != nil {
		return nil, fmt.Errorf("listen = %q in %s: %w; its directory has to be there and writable, which RuntimeDirectory= sees to", d.cfg.Listen, d.cfg.Path, err)
	}
	if err := os.Chmod(path, socketMode); err != nil {
		return nil, errors.Join(fmt.Errorf("listen = %q in %s: %w", d.cfg.Listen, d.cfg.Path, err), ln.Close())
	}
	return ln, nil
}

// pageToken fetches what whoever looks at the status page has to know, "" for nothing.
func pageToken(w config.Web) (string, error) {
	if !w.Token.IsSet() {
		return "", nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), passwordWithin)
	defer cancel()
	token, err := w.Token.Fetch(ctx)
	if err != nil {
		return "", fmt.Errorf("web.token: %w", err)
	}
	return token, nil
}

func isLoopback(listen string) bool {
	host, _, err := net.SplitHostPort(listen)
	if err != nil {
		return false
	}
	if host == "localhost" {
		return true
	}
	ip := net.ParseIP(host)
	return ip != nil && ip.IsLoopback()
}
