package config

import (
	"net"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/heedmail/heed/escalation"
	"github.com/heedmail/heed/mailbox"
)

// The bounds of what a file may ask for.
const (
	pollLeast = 5 * time.Second
	pollMost  = time.Hour
	startMost = 10 * 365 * 24 * time.Hour
	nameMost  = 64  // letters in a name; names are shown in tables, logs and metrics
	hostMost  = 255 // letters in a host's name (RFC 5321, 4.5.3.1.2)
)

// config reads the top of the file and everything below it.
func (r *reader) config(root *table) *Config {
	top := r.section("", root)
	c := &Config{
		Path:     r.file,
		State:    r.resolve(top.required("state", `the path of the state file, such as "/var/lib/heed/heed.db"`)),
		Listen:   top.listen("listen", "127.0.0.1:8480"),
		Language: top.choice("language", "en", "en", "zh"),
	}
	c.GroupWait = top.duration("group_wait", 0, 0, groupWaitMost)
	c.OAuth = top.oauths("oauth")
	c.Mailboxes = top.mailboxes("mailbox")
	c.SMTP = top.sub("smtp").smtp()
	c.Contacts = top.contacts("contact")
	c.Domestic = top.sub("domestic").domestic()
	c.Alert = top.sub("alert").alert(c.Mailboxes)
	c.Remind = top.remind("remind")
	c.Digest = top.digest("digest", c.Remind.Zone, c.Domestic.To)
	c.Limit = top.sub("limit").limit()
	retain := top.duration("retain", 0, retainLeast, retainMost)
	c.Policy = top.rules("rule")
	c.Retain = top.retainFor("retain", retain, c.Policy)
	c.Policy.Silences = top.silences("silence", c.Policy)
	c.Chats = top.chats("chat", c.Policy)
	c.Playbook = top.playbook("playbook", c.Language, c.Policy)
	c.Customers = top.sub("customers").customers()
	c.Orders = top.sub("orders").orderPatterns()
	c.Lexicons = top.sub("classify").lexicons()
	c.Templates = top.sub("templates").templates()
	c.Web = top.sub("web").web()
	top.guardListen("listen", c.Listen, c.Web)
	top.close()
	r.warnAboutChannels(c.Contacts)
	r.warnAboutTokens()
	r.joinTeam(c, root)
	return c
}

// resolve makes a path of one in the file, where a relative one starts from the file's directory.
func (r *reader) resolve(path string) string {
	if path == "" || filepath.IsAbs(path) {
		return path
	}
	return filepath.Join(r.dir, path)
}

func (s *section) mailboxes(key string) []Mailbox {
	tables := s.tables(key)
	if !s.has(key) || s.isEmptyList(key) {
		s.missing(key, "write [[mailbox]] with name, host, username and a password_file below it")
	}
	var all []Mailbox
	lines := map[string]int{}
	for _, t := range tables {
		sub := s.section(key, t)
		m := sub.mailbox()
		if first, twice := lines[m.Name]; twice && m.Name != "" {
			sub.bad("name", "%q is the mailbox of line %d already; each needs a name of its own", m.Name, first)
			continue
		}
		lines[m.Name] = t.line
		all = append(all, m)
	}
	return all
}

func (s *section) mailbox() Mailbox {
	m := Mailbox{
		Name: s.name64("name", `what it is called in the log, such as "support-us"`),
		Role: Role(s.choice("role", string(Support), string(Support), string(Team))),
	}
	m.Host, m.TLS = s.server()
	m.Port = s.number("port", map[TLS]int{Implicit: 993, StartTLS: 143, None: 143}[m.TLS], 1, 65535)
	m.RootCAs = s.rootCAs("ca_file")
	m.Username = s.required("username", "the name to log in with")
	m.Password, m.OAuth = s.login(true)
	m.Folders = s.folders("folders")
	m.AuthservIDs = s.authservIDs("authserv_ids")
	m.Start = s.start("start")
	m.Poll = s.duration("poll", time.Minute, pollLeast, pollMost)
	if m.Role == Team {
		s.team(&m)
	} else {
		s.support(&m)
	}
	s.close()
	return m
}

// support reads what a mailbox has that customers write to.
func (s *section) support(m *Mailbox) {
	m.Channel = s.channel("channel", "web")
	s.channels = append(s.channels, heldChannel{name: m.Channel, line: s.lineOf("channel")})
	m.Sent = s.text("sent", "")
	m.Drafts = s.text("drafts", "")
	m.OwnAddresses = s.ownAddresses("own_addresses", m.Username)
	m.OnEscalate = s.sub("on_escalate").onEscalate(m.Folders)
}

// team reads what a mailbox has that our own people answer to.
func (s *section) team(m *Mailbox) {
	m.OwnAddresses = s.addresses("own_addresses")
	for _, key := range []string{"channel", "sent", "drafts", "on_escalate"} {
		if s.has(key) {
			s.ask(key)
			s.bad(key, `has no meaning in a mailbox with role = "team", where nothing is drafted or marked; remove it`)
		}
	}
}

// name64 reads a name that is required and short.
func (s *section) name64(key, what string) string {
	name := s.required(key, what)
	if len(name) > nameMost || strings.TrimSpace(name) != name {
		s.bad(key, "%q is no good name; allowed are up to %d letters without blanks around them", shorten(name), nameMost)
	}
	return name
}

// channel reads the name of a channel; Amazon and amazon are one.
func (s *section) channel(key, def string) string {
	name := strings.ToLower(s.text(key, def))
	if len(name) > nameMost || strings.ContainsAny(name, " \t\"") {
		s.bad(key, `%q is no good name of a channel; allowed are up to %d letters without blanks, such as "shopify"`, shorten(name), nameMost)
	}
	return name
}

// server reads host and tls, which belong together: without TLS a password may travel within this machine only.
func (s *section) server() (string, TLS) {
	host := s.required("host", `the server's name, such as "mail.example.com"`)
	if strings.ContainsAny(host, "/ @") || strings.Contains(host, ":") && net.ParseIP(host) == nil {
		s.bad("host", "%q is not the name of a server; write the name or address alone, its port goes into port", shorten(host))
	}
	def := Implicit
	if s.name == "smtp" {
		def = StartTLS
	}
	mode := TLS(s.choice("tls", string(def), string(Implicit), string(StartTLS), string(None)))
	if mode == None && host != "" && !isLoopback(host) {
		s.bad("tls", `"none" would send the password and all mail readable over the network to %s; allowed for this machine only (localhost, 127.0.0.1, ::1); write "implicit" or "starttls"`, shorten(host))
	}
	return host, mode
}

func isLoopback(host string) bool {
	if strings.EqualFold(host, "localhost") {
		return true
	}
	ip := net.ParseIP(host)
	return ip != nil && ip.IsLoopback()
}

func (s *section) folders(key string) []string {
	if !s.has(key) {
		s.ask(key)
		return []string{"INBOX"}
	}
	var folders []string
	seen := map[string]bool{}
	for _, v := range s.list(key, "folder names") {
		name := v.text
		if strings.EqualFold(name, "INBOX") { // RFC 9051, 5.1: INBOX is the one name whose case does not matter
			name = "INBOX"
		}
		switch {
		case name == "":
			s.fault(v.line, s.path(key), "holds an empty name; remove it")
		case seen[name]:
			s.fault(v.line, s.path(key), "%q is there twice; remove one", shorten(name))
		default:
			folders = append(folders, name)
		}
		seen[name] = true
	}
	if s.isEmptyList(key) {
		s.bad(key, `is empty, so nothing would be read; write ["INBOX"]`)
	}
	return folders
}

// authservIDs reads names that a mail server writes first in Authentication-Results. What can't stand there as it is would never
// be found, and every mail would count as unproved.
func (s *section) authservIDs(key string) []string {
	var ids []string
	for _, v := range s.list(key, "names of the mail server") {
		if v.text == "" || len(v.text) > hostMost || strings.ContainsAny(v.text, " ;\"()") {
			s.fault(v.line, s.path(key), `%q is no name of a mail server; write what stands first in its Authentication-Results, such as "mx.example.com"`, shorten(v.text))
			continue
		}
		ids = append(ids, v.text)
	}
	return ids
}

// start reads how far back the first run goes: "now", "all" or a time span.
func (s *section) start(key string) mailbox.Start {
	text := s.text(key, "now")
	switch text {
	case "now":
		return mailbox.StartNow
	case "all":
		s.beware(key, `"all" reads every old mail and escalates what it finds; "now" or "30d" is what most want`)
		return mailbox.StartAll
	}
	d, err := escalation.ParseDuration(text)
	if err != nil || d <= 0 || d > startMost {
		s.bad(key, `%q is not known; allowed are "now", "all", or a time span such as "30d"`, shorten(text))
	}
	return mailbox.Start(d)
}

func (s *section) onEscalate(watched []string) OnEscalate {
	do := OnEscalate{
		Keyword: s.text("keyword", "$Escalated"),
		MoveTo:  s.text("move_to", ""),
		Note:    s.yes("note", true),
	}
	if !isKeyword(do.Keyword) {
		s.bad("keyword", `%q is no IMAP keyword; allowed are up to %d ASCII letters, digits and $ - _ . without blanks, such as "$Escalated", or "" for none`, shorten(do.Keyword), nameMost)
	}
	for _, folder := range watched {
		if do.MoveTo == folder {
			s.bad("move_to", "%q is a folder that is watched; name another one, or \"\" to leave the mail where it is", shorten(folder))
		}
	}
	s.close()
	return do
}

// isKeyword reports whether text is "" or a flag-keyword that every server takes (RFC 9051, section 9, less the rare
// characters of an atom). System flags begin with a backslash and are refused: Heed never marks mail as read.
func isKeyword(text string) bool {
	for _, c := range text {
		letter := c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9'
		if !letter && !strings.ContainsRune("$-_.", c) {
			return false
		}
	}
	return len(text) <= nameMost
}

func (s *section) smtp() SMTP {
	out := SMTP{}
	out.Host, out.TLS = s.server()
	out.Port = s.number("port", map[TLS]int{Implicit: 465, StartTLS: 587, None: 25}[out.TLS], 1, 65535)
	out.RootCAs = s.rootCAs("ca_file")
	out.Username = s.text("username", "")
	out.Password, out.OAuth = s.login(out.Username != "")
	switch {
	case out.Username != "":
	case out.Password.IsSet():
		s.missing("username", "a password is configured, and a login needs both")
	case out.OAuth != nil:
		s.missing("username", "oauth is configured, and a login needs both")
	}
	out.From, out.FromAddr = s.from("from")
	s.close()
	return out
}

func (s *section) contacts(key string) []Contact {
	var all []Contact
	lines := map[string]int{}
	for _, t := range s.tables(key) {
		sub := s.section(key, t)
		sub.required("channel", `the channel that this person is in charge of, such as "amazon"`)
		c := Contact{Channel: sub.channel("channel", "")}
		c.Name = sub.text("name", c.Channel)
		c.To = sub.recipients("to", "who is told")
		sub.close()
		if first, twice := lines[c.Channel]; twice && c.Channel != "" {
			sub.bad("channel", "%q has a contact in line %d already; put both addresses into one to = [...]", c.Channel, first)
			continue
		}
		lines[c.Channel] = t.line
		all = append(all, c)
	}
	return all
}

func (s *section) domestic() Contact {
	c := Contact{
		Name: s.text("name", "Domestic customer service"),
		To:   s.recipients("to", "the addresses of those who decide"),
	}
	s.close()
	return c
}

func (s *section) lexicons() []string {
	var paths []string
	for _, v := range s.list("lexicon", "paths") {
		path := s.resolve(v.text)
		if info, err := os.Stat(path); err != nil || !info.Mode().IsRegular() {
			s.fault(v.line, s.path("lexicon"), "%s is no file that can be read; correct the path, or remove it from the list", path)
			continue
		}
		paths = append(paths, path)
	}
	s.close()
	return paths
}

func (s *section) templates() string {
	dir := s.resolve(s.text("dir", ""))
	if info, err := os.Stat(dir); dir != "" && (err != nil || !info.IsDir()) {
		s.bad("dir", "%s is no directory that can be read; make it, or remove the key", dir)
	}
	s.close()
	return dir
}

// warnAboutChannels points at mailboxes whose channel nobody is in charge of: their escalations go to domestic alone.
func (r *reader) warnAboutChannels(contacts []Contact) {
	known := map[string]bool{}
	for _, contact := range contacts {
		known[contact.Channel] = true
	}
	for _, channel := range r.channels {
		if !known[channel.name] {
			r.warn(channel.line, "mailbox.channel", "channel %q has no [[contact]]; its escalations go to domestic alone", channel.name)
			known[channel.name] = true // once is enough
		}
	}
}
