package note

import (
	"fmt"
	"strings"
)

// maxJoined is how many of the messages that a mail tells of are named; all are in the timeline.
const maxJoined = 5

// together says that a mail tells of several messages, and where the originals lie that are not attached.
func (b *viewer) together() string {
	j := b.f.Joined
	w := words{N: j.Total, At: j.Cap, Who: b.w.Who}
	var others []string
	for _, m := range j.Messages[max(0, len(j.Messages)-maxJoined):] {
		others = append(others, fmt.Sprintf("%s (%s, UID %d)", b.when(m.At), clean(m.Place.Folder, maxName), m.Place.UID))
	}
	w.Dates = strings.Join(others, b.c.separator())
	return b.say("warn/joined", w)
}
