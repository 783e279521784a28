package config

import (
	"net"
	"strconv"
	"strings"
)

// Web guards the status page. Beyond this machine it is shown over TLS and to those who know the token only.
type Web struct {
	Token    Secret // asked of whoever looks; unset for nobody
	CertFile string // the certificate chain in PEM, "" for plain HTTP
	KeyFile  string // its key
}

// unixPrefix stands before the path of a Unix socket in listen.
const unixPrefix = "unix:"

// listen reads where the status page is: host:port, "unix:/path", or "" for nowhere.
func (s *section) listen(key, def string) string {
	text := s.text(key, def)
	if text == "" {
		return ""
	}
	if path, ok := strings.CutPrefix(text, unixPrefix); ok {
		if path == "" {
			s.bad(key, `names no socket; write "unix:/run/heed/status.sock"`)
			return ""
		}
		return unixPrefix + s.resolve(path)
	}
	_, port, err := net.SplitHostPort(text)
	if _, notPort := strconv.ParseUint(port, 10, 16); err != nil || notPort != nil {
		s.bad(key, `%q is not an address to listen on; write "127.0.0.1:8480", "unix:/run/heed/status.sock", or "" to turn the status page off`, shorten(text))
		return ""
	}
	return text
}

func (s *section) web() Web {
	w := Web{Token: s.secretNamed("token", false), CertFile: s.resolve(s.text("cert_file", "")), KeyFile: s.resolve(s.text("key_file", ""))}
	if (w.CertFile == "") != (w.KeyFile == "") {
		s.bad("cert_file", "belongs together with key_file; set both, or neither")
	}
	s.close()
	return w
}

// guardListen refuses a status page that strangers could read: it shows the cases, and addresses of our own people.
func (s *section) guardListen(key, listen string, w Web) {
	host, _, err := net.SplitHostPort(listen)
	if listen == "" || strings.HasPrefix(listen, unixPrefix) || err != nil || isLoopback(host) {
		return
	}
	if !w.Token.IsSet() || w.CertFile == "" {
		s.bad(key, "%s is reached from other machines; set token_file, cert_file and key_file in [web], or listen on 127.0.0.1 or a Unix socket", listen)
	}
}
