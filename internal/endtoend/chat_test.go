package endtoend

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

// One chat is told, another one is dead: the mail goes all the same.
func TestAChatIsToldAndADeadOneHoldsUpNothing(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	told := make(chan string, 1)
	group := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		select {
		case told <- string(body):
		default:
		}
	}))
	t.Cleanup(group.Close)
	hung := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		if _, err := io.Copy(io.Discard, r.Body); err == nil { // a server notices that the client is gone once it has read all
			<-r.Context().Done()
		}
	}))
	t.Cleanup(hung.Close)
	s.file("group.url", group.URL+"/hook-marked-secret")
	s.file("hung.url", hung.URL+"/hook-marked-secret")
	robot := "[[chat]]\nname = %[1]q\nkind = \"webhook\"\nurl_file = %[2]q\n"
	d := s.start(s.config("[smtp]", fmt.Sprintf(robot, "group", "group.url")+fmt.Sprintf(robot, "dead", "hung.url")+"[smtp]"))
	s.send("jane1@mail.example", support, threat(1))
	s.look(silver, "INBOX").until("the escalation", func(m []mail) bool { return escalations(m) == 1 })
	select {
	case body := <-told:
		if !strings.Contains(body, "[Heed #1]") || strings.Contains(body, "jane1") {
			t.Errorf("the chat is told %s", body)
		}
	case <-time.After(time.Minute):
		t.Error("the chat is not told")
	}
	if status := d.stop(); status != 0 {
		t.Errorf("exit status %d after SIGTERM", status)
	}
}
