package web

import (
	"encoding/json"
	"net/http"
	"time"
)

// The status for programs: what the page says, without the cases. Times are RFC 3339, null for never.
type (
	statusJSON struct {
		Now       time.Time     `json:"now"`
		Version   string        `json:"version"`
		Started   time.Time     `json:"started"`
		Mailboxes []mailboxJSON `json:"mailboxes"`
		Outbox    outboxJSON    `json:"outbox"`
		OpenCases int           `json:"open_cases"`
	}
	mailboxJSON struct {
		Name        string       `json:"name"`
		Well        bool         `json:"well"`
		LastSuccess *time.Time   `json:"last_success"`
		Folders     []folderJSON `json:"folders"`
	}
	folderJSON struct {
		Name        string     `json:"name"`
		Well        bool       `json:"well"`
		LastSuccess *time.Time `json:"last_success"`
		Problem     string     `json:"problem"`
	}
	outboxJSON struct {
		Pending       int        `json:"pending"`
		Failed        int        `json:"failed"`
		OldestPending *time.Time `json:"oldest_pending"`
		MailLate      bool       `json:"mail_late"` // mail has waited for the SMTP server for too long
	}
)

// json answers with the status for programs.
func (s *Server) json(w http.ResponseWriter, r *http.Request) {
	status, ok := s.status(w, r)
	if !ok {
		return
	}
	out := statusJSON{
		Now: status.Now, Version: status.Version, Started: status.Started, Mailboxes: []mailboxJSON{}, OpenCases: status.OpenCases,
		Outbox: outboxJSON{status.Outbox.Pending, status.Outbox.Failed, moment(status.Outbox.OldestPending), status.MailLate() > 0},
	}
	for _, m := range status.Mailboxes {
		box := mailboxJSON{Name: m.Name, Well: m.Well(), LastSuccess: moment(m.LastSuccess()), Folders: []folderJSON{}}
		for _, f := range m.Folders {
			box.Folders = append(box.Folders, folderJSON{f.Name, f.Well(), moment(f.LastSuccess), f.Trouble()})
		}
		out.Mailboxes = append(out.Mailboxes, box)
	}
	body, err := json.MarshalIndent(out, "", "  ")
	if err != nil {
		http.Error(w, "the status can't be written", http.StatusInternalServerError)
		return
	}
	s.write(w, "application/json", http.StatusOK, append(body, '\n'))
}

// moment is nil for the zero time.
func moment(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}
