package escalation

import (
	"testing"
)

func TestStories(t *testing.T) {
	t.Parallel()
	for _, s := range []story{
		{about: "a message without signals does nothing, in a case or without one", tells: `
			day 1: nothing → nothing
			day 2: legal_threat → escalate legal-threat to lu, yodi, silver
			day 3: nothing → nothing`},

		{about: "abuse escalates the second time", tells: `
			day 1: abuse → nothing
			day 3: abuse → escalate abuse to lu, yodi, silver
			day 4: abuse → follow_up to lu, yodi, silver`},

		{about: "a churn threat fires nothing, and is news once the case has been escalated", tells: `
			day 1: churn_threat → nothing
			day 2: manager_request → escalate manager-request to lu, yodi, silver
			day 3: churn_threat → follow_up to lu, yodi, silver`},

		{about: "a review threat is appeased, then escalated, then followed up", tells: `
			day 1: review_threat → appease review-threat
			day 2: nothing → nothing
			day 3: review_threat → escalate review-threat to lu, yodi, silver
			day 4: review_threat → follow_up to lu, yodi, silver`},

		{about: "there is no follow-up on a case that nobody was mailed on", tells: `
			day 1: review_threat → appease review-threat
			day 2: churn_threat → nothing
			day 3: abuse → nothing
			day 4: abuse → escalate abuse to lu, yodi, silver`},

		{about: "reassure goes before appease, and the appease passed over never comes", tells: `
			day 1: chargeback_threat, review_threat → reassure chargeback-threat; escalate chargeback-threat to lu, yodi, silver
			day 2: churn_threat → follow_up to lu, yodi, silver
			day 3: review_threat → escalate review-threat to lu, yodi, silver`},

		{about: "a draft comes beside a follow-up", tells: `
			day 1: legal_threat → escalate legal-threat to lu, yodi, silver
			day 2: review_threat → appease review-threat; follow_up to lu, yodi, silver`},

		{about: "a draft comes beside an escalation of another rule", tells: `
			day 1: manager_request, review_threat → appease review-threat; escalate manager-request to lu, yodi, silver`},

		{about: "a posted review and an opened chargeback pass the contact by", tells: `
			day 1: review_posted → escalate review-posted to yodi, silver
			day 2: chargeback_opened → escalate chargeback-opened to yodi, silver
			day 3: churn_threat → follow_up to yodi, silver`},

		{about: "recipients are those of the rules that fire, contact first; a follow-up goes to all mailed so far", tells: `
			day 1: review_posted → escalate review-posted to yodi, silver
			day 2: manager_request → escalate manager-request to lu, yodi, silver
			day 3: chargeback_opened → escalate chargeback-opened to yodi, silver
			day 4: abuse → follow_up to yodi, silver, lu`},

		{about: "several rules make one escalation, in policy order, contact before domestic", tells: `
			day 1: chargeback_opened, review_posted, legal_threat → escalate chargeback-opened+legal-threat+review-posted to lu, yodi, silver`},

		{about: "the channel decides who is the contact; one without a contact goes to domestic", tells: `
			day 1 on amazon: legal_threat → escalate legal-threat to shannbo, yodi, silver
			day 2 on ebay: manager_request → escalate manager-request to yodi, silver
			day 3 on Amazon: chargeback_threat → reassure chargeback-threat; escalate chargeback-threat to shannbo, yodi, silver`},

		{about: "phone-only fires at the third request when phone_only was said before", tells: `
			day 1: phone_request, phone_only → nothing
			day 2: phone_request → nothing
			day 3: phone_request → escalate phone-only to lu, yodi, silver
			day 4: phone_request → follow_up to lu, yodi, silver`},

		{about: "phone-only fires at the message that adds phone_only to three requests", tells: `
			day 1: phone_request → nothing
			day 2: phone_request → nothing
			day 3: phone_request → nothing
			day 4: phone_request → nothing
			day 5: churn_threat → nothing
			day 6: phone_only → escalate phone-only to lu, yodi, silver`},

		{about: "phone_only alone, however often, is not the rule", tells: `
			day 1: phone_only → nothing
			day 2: phone_only → nothing
			day 3: phone_only → nothing
			day 4: phone_only → nothing`},

		{about: "a phone_only that has left the window does not help", tells: `
			day 1: phone_only → nothing
			day 90: phone_request → nothing
			day 91: phone_request → nothing
			day 91 +1s: phone_request → nothing
			day 92: phone_only → escalate phone-only to lu, yodi, silver`},

		{about: "a message counts while it is at most a window old", tells: `
			day 1: abuse → nothing
			day 91: abuse → escalate abuse to lu, yodi, silver`},

		{about: "a message older than the window is forgotten", tells: `
			day 1: abuse → nothing
			day 91 +1s: abuse → nothing
			day 92: abuse → escalate abuse to lu, yodi, silver`},

		{about: "a step fires once a case, even when the window has forgotten why", tells: `
			day 1: info_refused → nothing
			day 2: info_refused → escalate info-refused to lu, yodi, silver
			day 200: info_refused → follow_up to lu, yodi, silver
			day 201: info_refused → follow_up to lu, yodi, silver`},

		{about: "a resolved case resets the counters, and a new threat opens a new one", tells: `
			day 1: solution_rejected → nothing
			day 2: solution_rejected → escalate solution-rejected to lu, yodi, silver
			day 3: resolved
			day 4: solution_rejected → nothing
			day 5: solution_rejected → escalate solution-rejected to lu, yodi, silver`},

		{about: "mail that comes late counts by its own time", tells: `
			day 50: abuse → nothing
			day 49: abuse → escalate abuse to lu, yodi, silver`},

		{about: "mail that comes a year late does not add to today's", tells: `
			day 400: abuse → nothing
			day 30: abuse → nothing`},

		{about: "lower steps that are passed over are used up",
			policy: `
[[rule]]
name = "abuse"
signal = "abuse"
window = "10d"
steps = [
  { at = 4, do = "escalate", to = ["domestic"] },
  { at = 2, do = "reassure" },
  { at = 2, do = "escalate", to = ["contact"] },
]
[[rule]]
name = "abuse-or-phone"
signal = "phone_request"
with = ["abuse"]
window = "10d"
steps = [{ at = 1, do = "appease" }]
`, tells: `
			day 1: abuse → nothing
			day 2: abuse → reassure abuse; escalate abuse to lu
			day 2: phone_request → appease abuse-or-phone; follow_up to lu
			day 3: abuse → follow_up to lu
			day 4: abuse → escalate abuse to yodi, silver
			day 5: abuse → follow_up to lu, yodi, silver`},

		{about: "of thresholds that are reached at one message, the highest fires and the lower are used up",
			policy: `
[[rule]]
name = "loud-leaver"
signal = "abuse"
with = ["churn_threat"]
window = "10d"
steps = [{ at = 1, do = "appease" }, { at = 2, do = "reassure" }, { at = 2, do = "escalate", to = ["domestic"] }, { at = 4, do = "escalate", to = ["contact"] }]
`, tells: `
			day 1: abuse → nothing
			day 2: abuse → nothing
			day 3: abuse → nothing
			day 4: churn_threat → reassure loud-leaver; escalate loud-leaver to yodi, silver
			day 20: abuse, churn_threat → follow_up to yodi, silver`},

		{about: "two rules of one draft make one draft",
			policy: `
[[rule]]
name = "loud"
signal = "abuse"
steps = [{ at = 1, do = "reassure" }]
[[rule]]
name = "leaving"
signal = "churn_threat"
steps = [{ at = 1, do = "reassure" }]
`, tells: `
			day 1: churn_threat, abuse → reassure loud+leaving
			day 2: abuse → nothing`},

		{about: "a contact who is missing is replaced by domestic even where the rule names the contact alone",
			policy: `
[[rule]]
name = "law"
signal = "legal_threat"
steps = [{ at = 1, do = "escalate", to = ["contact"] }]
`, tells: `
			day 1 on ebay: legal_threat → escalate law to yodi, silver`},
	} {
		t.Run(s.about, func(t *testing.T) {
			t.Parallel()
			s.check(t)
		})
	}
}

func TestPassedOverDraftIsUsedUpButNotExplained(t *testing.T) {
	t.Parallel()
	at, _ := when(t, "day 1")
	d := DefaultPolicy().Decide(History{}, Event{At: at, Channel: "shopify", Signals: signals("chargeback_threat, review_threat")}, people())
	if !used(d, StepKey{"review-threat", 1, Appease}) {
		t.Errorf("the appease step is not used up: %v", d.Used)
	}
	if len(d.Counts) != 1 || d.Counts[0].Rule != "chargeback-threat" {
		t.Errorf("counts %+v, want those of chargeback-threat alone", d.Counts)
	}
}

func TestCountsSayHowARuleCameToFire(t *testing.T) {
	t.Parallel()
	tl := teller{policy: DefaultPolicy(), people: people()}
	for _, heading := range []string{"day 1", "day 2"} {
		at, _ := when(t, heading)
		tl.hear(Event{At: at, Signals: signals("phone_request")})
	}
	at, _ := when(t, "day 3")
	d := tl.policy.Decide(tl.h, Event{At: at, Signals: signals("phone_request, phone_only")}, people())
	want := Count{Rule: "phone-only", Signal: "phone_request", N: 3, At: 3, Window: 90 * day}
	if len(d.Counts) != 1 || d.Counts[0] != want {
		t.Errorf("counts %+v, want %+v", d.Counts, want)
	}
}

func TestRecipientsAreNamedOnce(t *testing.T) {
	t.Parallel()
	p := People{Contacts: map[string][]string{"web": {"Yodi@Example.com", "lu@example.com"}}, Domestic: []string{"yodi@example.com"}}
	got := p.addresses("web", []Audience{Domestic, Contact})
	if len(got) != 2 || got[0] != "Yodi@Example.com" || got[1] != "lu@example.com" {
		t.Errorf("got %v", got)
	}
}

func TestStepsOfAClosedCaseDoNotCount(t *testing.T) {
	t.Parallel()
	at, _ := when(t, "day 1")
	h := History{Used: map[StepKey]bool{{"legal-threat", 1, Escalate}: true}, Mailed: []string{"lu"}}
	d := DefaultPolicy().Decide(h, Event{At: at, Channel: "shopify", Signals: signals("legal_threat")}, people())
	if got := words(d); got != "escalate legal-threat to lu, yodi, silver" {
		t.Errorf("got %s", got)
	}
}

func used(d Decision, key StepKey) bool {
	for _, k := range d.Used {
		if k == key {
			return true
		}
	}
	return false
}
