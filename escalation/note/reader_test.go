package note_test

import (
	"strings"
	"testing"
	"time"

	"github.com/heedmail/heed/classify"
	"github.com/heedmail/heed/escalation"
	"github.com/heedmail/heed/escalation/customers"
	"github.com/heedmail/heed/escalation/note"
	"github.com/heedmail/heed/escalation/store"
	"github.com/heedmail/heed/mailbox/message"
)

// sections takes the text of a note apart by its headings; the head is under "".
func sections(t *testing.T, f note.Facts) map[string]string {
	t.Helper()
	_, text, _ := readable(t, must(t)(composer(t, "en").Escalation(f)).Payload)
	list := map[string]string{}
	heading := ""
	for line := range strings.Lines(text) {
		if strings.ToUpper(line) == line && strings.TrimSpace(line) != "" && !strings.ContainsAny(line, "[:") {
			heading = strings.TrimSpace(line)
			continue
		}
		list[heading] += line
	}
	return list
}

// Somebody who reads the text alone can name customer, order, value, threat, deadline, what was offered, and what is asked;
// and all of it stands on the first screen.
func TestTheTextAloneTellsAllThatMatters(t *testing.T) {
	for _, tt := range []struct {
		name  string
		facts note.Facts
		head  []string
	}{
		{"damaged appliance", damagedAppliance(), []string{
			"Margaret Ellison threatens a chargeback", "Severity: critical",
			"Customer: Margaret Ellison (m.ellison@mail.example); Platinum; since 2018",
			"Order: HK-20871; 15 Feb 2026; Double oven, stainless", "At stake: order $2,349.00; customer $18,420.00 so far; says they will leave",
			`Deadline: Wed 4 Mar 2026, 12:00 UTC ("by tomorrow noon")`, "Tried: partial refund of 10 % (20 Feb, turned down); replacement (23 Feb, met with a threat)",
			"Asked: Reassure the customer, by Tue 3 Mar, 14:00 UTC; Decide before they file, by Wed 4 Mar, 12:00 UTC"}},
		{"defective handbag", defectiveHandbag(), []string{
			"Priya Nair turns down what we offered", "Severity: high", "Priya Nair (priya.nair@mail.example); Gold; since 2021",
			"Order: 113-5550142-7781123; 13 Feb 2026; Leather tote, cognac", "At stake: order $389.00; customer $1,240.00 a year",
			"Tried: discount of 15 % (23 Feb, turned down); partial refund of 30 % (28 Feb, turned down)", "Asked: Call the customer, by Tue 3 Mar, 14:00 UTC; Decide the refund"}},
		{"wrong shoes", wrongShoes(), []string{
			"Jonas Weber threatens a chargeback over order NW-10211", `It is about "Falsche Schuhe, zum zweiten Mal"`, `Deadline: Fri 6 Mar 2026, 23:00 UTC ("bis Freitag")`,
			"Tried: return label, replacement (18 Feb, not settled)", "Asked: Reassure the customer", "! What the shop knows of this customer could not be asked"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			head := sections(t, tt.facts)[""]
			for _, want := range tt.head {
				if !strings.Contains(head, want) {
					t.Errorf("the first screen lacks %q:\n%s", want, head)
				}
			}
			if n := len([]rune(head)); n > 1100 {
				t.Errorf("the first screen has %d characters:\n%s", n, head)
			}
		})
	}
}

func TestTheWholeOfAShortMailIsQuotedWithItsDecidingWordsMarked(t *testing.T) {
	words := sections(t, defectiveHandbag())["IN THEIR WORDS"]
	want := `"I said no to 15 % and I say no to 30 %. *I don't accept a discount* on a bag that I can't carry. I want my money back."` + "\n  Tue 3 Mar, 12:00: Solution turned down"
	if !strings.Contains(words, want) {
		t.Error(words)
	}
	f := defectiveHandbag()
	f.Message.Text += strings.Repeat(" And so on.", 50)
	if words = sections(t, f)["IN THEIR WORDS"]; strings.Contains(words, "I want my money back") || !strings.Contains(words, `"*I don't accept a discount* on a bag that I can't carry."`) {
		t.Errorf("a long one is quoted by its sentences:\n%s", words)
	}
}

func TestSignalsOfOneSentenceShareItsQuote(t *testing.T) {
	f := secondReview()
	f.Message.Text += strings.Repeat(" And so on.", 50) // too long to be quoted as a whole
	words := sections(t, f)["IN THEIR WORDS"]
	want := `"*Everyone on Trustpilot will hear of this*, and *so will my lawyer*."` + "\n  Tue 3 Mar, 12:00: Legal action threatened, Bad review threatened\n"
	if !strings.Contains(words, want) || strings.Count(words, "Trustpilot") != 1 {
		t.Error(words)
	}
}

func TestOnlyWordsThatCountAreQuoted(t *testing.T) {
	f := secondReview()
	threat := func(id string, at time.Time, words string) store.Message {
		return inbound(id, at, words, hit(classify.ReviewThreat, words, words))
	}
	f.Timeline = append(f.Timeline, threat("old", noon.Add(-91*day), "One star, long ago."), threat("late", noon.Add(day), "One star, tomorrow."))
	words := sections(t, f)["IN THEIR WORDS"]
	if strings.Contains(words, "long ago") || strings.Contains(words, "tomorrow") || !strings.Contains(words, "Fix this or") {
		t.Error(words)
	}
}

// An automatic answer is no word of the customer's on what we offered.
func TestWhatIsNotCountedTakesNoOffer(t *testing.T) {
	f := chargebackThreat()
	absent := inbound("auto", noon.Add(-7*day), "I am out of the office.")
	absent.Direction, absent.Ignored = message.Ignored, message.AutoReply
	f.Timeline = append(f.Timeline, absent)
	if head := sections(t, f)[""]; !strings.Contains(head, "Tried: voucher of 15 % (23 Feb, met with a threat)") {
		t.Error(head)
	}
}

func TestAnEarlierCaseIsToldWithItsEnd(t *testing.T) {
	f := defectiveHandbag()
	f.Earlier = []store.Case{f.Previous, {ID: 3, OpenedAt: noon.Add(-700 * day), ResolvedAt: noon.Add(-690 * day), Outcome: store.FalseAlarm}}
	want := `Earlier: case 17 of 17 Apr 2025, resolved on 27 Apr 2025: "refunded in full, she was pleased"; case 3 of 2 Apr 2024, resolved on 12 Apr 2024 as a false alarm`
	if got := sections(t, f)["THE CUSTOMER"]; !strings.Contains(got, want) {
		t.Error(got)
	}
}

func TestSeverityFollowsFromWhatIsSaidAndIsRaisedOnce(t *testing.T) {
	money := func(minor int64, currency string) *customers.Record {
		return &customers.Record{Orders: []customers.Order{{Number: "1234", Value: message.Money{Minor: minor, Currency: currency}}}}
	}
	due := func(in time.Duration) []message.Deadline { return []message.Deadline{{Text: "soon", At: noon.Add(in)}} }
	for _, tt := range []struct {
		signal    classify.Signal
		deadlines []message.Deadline
		shop      *customers.Record
		want      string
	}{
		{classify.Abuse, nil, nil, "medium (Abusive words)"},
		{classify.Abuse, due(48 * time.Hour), nil, "high (Abusive words; raised by a deadline within 48 hours)"},
		{classify.Abuse, due(49 * time.Hour), nil, "medium (Abusive words)"},
		{classify.Abuse, due(-47 * time.Hour), nil, "high (Abusive words; raised by a deadline within 48 hours)"},
		{classify.Abuse, due(-49 * time.Hour), nil, "medium (Abusive words)"}, // over, and told all the same
		{classify.Abuse, nil, money(200_00, "EUR"), "high (Abusive words; raised by the order's value)"},
		{classify.Abuse, nil, money(199_99, "EUR"), "medium (Abusive words)"},
		{classify.Abuse, nil, money(29_999, "JPY"), "medium (Abusive words)"},
		{classify.Abuse, nil, money(1_000_000_00, "XXX"), "medium (Abusive words)"},
		{classify.Abuse, nil, &customers.Record{LifetimeValue: message.Money{Minor: 1000_00, Currency: "USD"}}, "high (Abusive words; raised by the customer's value)"},
		{classify.Abuse, due(time.Hour), money(900_00, "EUR"), "high (Abusive words; raised by a deadline within 48 hours)"},
		{classify.LegalThreat, nil, nil, "high (Legal action threatened)"},
		{classify.LegalThreat, due(time.Hour), nil, "critical (Legal action threatened; raised by a deadline within 48 hours)"},
		{classify.ReviewPosted, nil, nil, "high (Bad review posted)"},
		{classify.ChargebackOpened, nil, nil, "critical (Chargeback filed)"},
		{classify.ChargebackOpened, due(time.Hour), nil, "critical (Chargeback filed)"},
	} {
		f := chargebackThreat()
		f.Timeline = nil
		f.Message.Signals = []classify.Hit{hit(tt.signal, "words", "These are words.")}
		f.Message.Facts.Deadlines = tt.deadlines
		f.Shop = tt.shop
		f.Counts = []escalation.Count{{Rule: "a-rule", Signal: tt.signal, N: 1, At: 1}}
		f.Actions = []escalation.Action{{Do: escalation.Escalate, Rules: []string{"a-rule"}, To: []string{"yodi@example.com"}}}
		if head := sections(t, f)[""]; !strings.Contains(head, "Severity: "+tt.want+"\n") {
			t.Errorf("%s, %v, %+v: want %s:\n%s", tt.signal, tt.deadlines, tt.shop, tt.want, head)
		}
	}
}

func TestADeadlineThatEndsEarlierIsTheDueTime(t *testing.T) {
	for _, tt := range []struct {
		name      string
		deadlines []message.Deadline
		want      []string // of the head and the checklist
	}{
		{"none", nil, []string{"by Wed 4 Mar, 12:00 UTC"}},
		{"ends within the step's time", []message.Deadline{{Text: "by five", At: noon.Add(5 * time.Hour)}}, []string{`Deadline: Tue 3 Mar 2026, 17:00 UTC ("by five")`, "by Tue 3 Mar, 17:00 UTC"}},
		{"the next of two", []message.Deadline{{Text: "by Friday", At: noon.Add(80 * time.Hour)}, {Text: "by noon", At: noon.Add(20 * time.Hour)}}, []string{`Deadline: Wed 4 Mar 2026, 08:00 UTC ("by noon")`, "by Wed 4 Mar, 08:00 UTC"}},
		{"over already", []message.Deadline{{Text: "by last Friday", At: noon.Add(-80 * time.Hour)}}, []string{`Deadline: over since Sat 28 Feb 2026, 04:00 UTC ("by last Friday")`, "by Wed 4 Mar, 12:00 UTC"}},
		{"over long ago", []message.Deadline{{Text: "by 1999", At: noon.Add(-15 * day)}}, []string{"by Wed 4 Mar, 12:00 UTC"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			f := chargebackThreat()
			f.Now = f.Message.At
			f.Message.Facts.Deadlines = tt.deadlines
			s := sections(t, f)
			for _, want := range tt.want {
				if !strings.Contains(s[""]+s["WHAT IS ASKED OF YOU"], want) {
					t.Errorf("%q is missing:\n%s\n%s", want, s[""], s["WHAT IS ASKED OF YOU"])
				}
			}
			if strings.Contains(s[""], "Deadline") != (len(tt.want) > 1) {
				t.Errorf("the head:\n%s", s[""])
			}
			if !strings.Contains(s["WHAT IS ASKED OF YOU"], "Ask whether it is settled.\n    by Tue 10 Mar, 12:00 UTC") {
				t.Errorf("what comes afterwards is brought forward:\n%s", s["WHAT IS ASKED OF YOU"])
			}
		})
	}
}

func TestANoticesDeadlineIsToldAsADate(t *testing.T) {
	f := disputeNotice()
	f.Message.Notice.Deadline = "72 hours"
	f.Message.Facts.Deadlines = []message.Deadline{{Text: "72 hours", At: f.Message.At.Add(72 * time.Hour)}}
	head := sections(t, f)[""]
	for _, want := range []string{"to be answered by Sun 8 Mar 2026, 12:00 UTC.", `Deadline: Sun 8 Mar 2026, 12:00 UTC ("72 hours")`, "Answer the dispute on the platform, by Sun 8 Mar, 12:00 UTC"} {
		if !strings.Contains(head, want) {
			t.Errorf("%q is missing:\n%s", want, head)
		}
	}
}

func TestWhenEveryOfferWasMadeTheNoteSaysSo(t *testing.T) {
	f := chargebackThreat()
	f.Timeline[0].Text = "We will refund you $49.00 in full."
	if asked := sections(t, f)["WHAT IS ASKED OF YOU"]; !strings.Contains(asked, "Every offer of the playbook has been made") || strings.Contains(asked, "Next offer") {
		t.Error(asked)
	}
	f.Message.Lang = "en"
	f.Actions = []escalation.Action{{Do: escalation.Appease, Rules: []string{"chargeback-threat"}}}
	if _, text, _ := readable(t, must(t)(composer(t, "en").Draft(escalation.Appease, f)).Payload); !strings.Contains(text, "[the better offer:") {
		t.Errorf("the draft proposes something all the same:\n%s", text)
	}
}

// What was settled with an earlier case is no threat any more.
func TestOnlyWhatThisCaseThreatensIsItsImpact(t *testing.T) {
	f := secondReview()
	f.Timeline = append(f.Timeline, inbound("r0", f.Previous.ResolvedAt.Add(-day), "I will sue you.", hit(classify.LegalThreat, "I will sue you", "I will sue you.")),
		inbound("r3", noon.Add(day), "I will sue you now.", hit(classify.LegalThreat, "I will sue you", "I will sue you now."))) // taken in late
	if impact := sections(t, f)["IMPACT"]; !strings.Contains(impact, "Threatened: legal action (3 Mar); bad review (11 Feb, 3 Mar)\n") {
		t.Error(impact)
	}
}

// A note is written from the last messages; it must not take the oldest of them for the first.
func TestWhatIsLeftOutOfATimelineIsNotDenied(t *testing.T) {
	f := chargebackThreat()
	f.Cut = true
	s := sections(t, f)
	if want := `It is about "Where is my lamp", since before 22 Feb: of the last messages 2 are from the customer, 1 of ours.`; !strings.Contains(s[""], want) {
		t.Error(s[""])
	}
	if want := "First seen: before 22 Feb 2026\nMessages: of the last ones 2 from the customer, 1 of ours\n"; !strings.Contains(s["THE CUSTOMER"], want) {
		t.Error(s["THE CUSTOMER"])
	}
}

func TestNothingIsShownThatIsNotKnown(t *testing.T) {
	s := sections(t, nameless())
	for _, heading := range []string{"WHAT WAS TRIED", "WHAT OUR PEOPLE NOTED"} {
		if s[heading] != "" {
			t.Errorf("%s:\n%s", heading, s[heading])
		}
	}
	f := nameless()
	f.Message.Text, f.Message.Signals, f.Message.Subject = "", nil, ""
	s = sections(t, f)
	if s["IN THEIR WORDS"] != "" || s["IMPACT"] != "" {
		t.Errorf("words:\n%s\nimpact:\n%s", s["IN THEIR WORDS"], s["IMPACT"])
	}
}
