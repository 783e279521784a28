package message

import (
	"strings"
	"testing"
	"time"
)

// wednesday is when the mails of these tests came.
var wednesday = time.Date(2026, 3, 4, 15, 30, 0, 0, time.FixedZone("", 3600))

func TestFindDeadlines(t *testing.T) {
	for _, tt := range []struct{ text, want string }{
		{"I want my money back by Friday.", "by Friday=Fri 6 Mar 23:59"},
		{"Refund me within 24 hours or else.", "within 24 hours=Thu 5 Mar 15:30"},
		{"You have 48 hours to reply", "have 48 hours=Fri 6 Mar 15:30"},
		{"you have until Monday", "until Monday=Mon 9 Mar 23:59"},
		{"answer within two business days", "within two business days=Fri 6 Mar 15:30"},
		{"within two business days.", "within two business days=Fri 6 Mar 15:30"},
		{"within 5 working days please", "within 5 working days=Wed 11 Mar 15:30"},
		{"no later than 12 March", "no later than 12 March=Thu 12 Mar 23:59"},
		{"by March 12th, 2026", "by March 12th, 2026=Thu 12 Mar 23:59"},
		{"by the end of the week", "by the end of the week=Fri 6 Mar 23:59"},
		{"by the end of the month", "by the end of the month=Tue 31 Mar 23:59"},
		{"by tomorrow 5pm? no: by 5pm", "by tomorrow=Thu 5 Mar 23:59; by 5pm=Wed 4 Mar 17:00"},
		{"before Friday", "before Friday=Thu 5 Mar 23:59"},
		{"by next Wednesday", "by next Wednesday=Wed 11 Mar 23:59"},
		{"by Wednesday", "by Wednesday=Wed 4 Mar 23:59"},
		{"in the next 24 hours", "in the next 24 hours=Thu 5 Mar 15:30"},
		{"If it is not delivered by Friday I will dispute it", "by Friday=Fri 6 Mar 23:59"},
		{"by 03/12", "by 03/12=Thu 12 Mar 23:59"},
		{"by 13/03/2026", "by 13/03/2026=Fri 13 Mar 23:59"},
		{"by 2026-03-20", "by 2026-03-20=Fri 20 Mar 23:59"},
		{"by Friday. I said by Friday!", "by Friday=Fri 6 Mar 23:59"},
		{"You promised it! By Friday I want my money", "By Friday=Fri 6 Mar 23:59"},
		{"within a week", "within a week=Wed 11 Mar 15:30"},
		{"Bitte erstatten Sie bis Freitag.", "bis Freitag=Fri 6 Mar 23:59"},
		{"bis spätestens zum 12. März", "bis spätestens zum 12. März=Thu 12 Mar 23:59"},
		{"bis zum 12.03.2026", "bis zum 12.03.2026=Thu 12 Mar 23:59"},
		{"bis morgen 12 Uhr", "bis morgen=Thu 5 Mar 23:59"},
		{"innerhalb von 24 Stunden", "innerhalb von 24 Stunden=Thu 5 Mar 15:30"},
		{"binnen drei Werktagen", "binnen drei Werktagen=Mon 9 Mar 15:30"},
		{"Sie haben 3 Tage", "haben 3 Tage=Sat 7 Mar 15:30"},
		{"Remboursez-moi sous 48 heures", "sous 48 heures=Fri 6 Mar 15:30"},
		{"d'ici vendredi", "d'ici vendredi=Fri 6 Mar 23:59"},
		{"d’ici demain", "d’ici demain=Thu 5 Mar 23:59"},
		{"dans les prochaines 24 heures", "dans les prochaines 24 heures=Thu 5 Mar 15:30"},
		{"sous 3 jours ouvrés", "sous 3 jours ouvrés=Mon 9 Mar 15:30"},
		{"au plus tard le 12 mars", "au plus tard le 12 mars=Thu 12 Mar 23:59"},
		{"Vous avez jusqu'à vendredi", "jusqu'à vendredi=Fri 6 Mar 23:59"},
		{"antes del viernes", "antes del viernes=Thu 5 Mar 23:59"},
		{"en un plazo de 24 horas", "en un plazo de 24 horas=Thu 5 Mar 15:30"},
		{"Tienen hasta el 12 de marzo", "hasta el 12 de marzo=Thu 12 Mar 23:59"},
		{"en 3 días hábiles no: dentro de 3 días hábiles", "dentro de 3 días hábiles=Mon 9 Mar 15:30"},
		{"entro venerdì", "entro venerdì=Fri 6 Mar 23:59"},
		{"entro 24 ore", "entro 24 ore=Thu 5 Mar 15:30"},
		{"entro il 12 marzo 2026", "entro il 12 marzo 2026=Thu 12 Mar 23:59"},
		{"até sexta-feira", "até sexta-feira=Fri 6 Mar 23:59"},
		{"no prazo de... em até 48 horas", "em até 48 horas=Fri 6 Mar 15:30"},
		{"até 12 de março de 2026", "até 12 de março de 2026=Thu 12 Mar 23:59"},
		{"binnen 24 uur", "binnen 24 uur=Thu 5 Mar 15:30"},
		{"uiterlijk vrijdag", "uiterlijk vrijdag=Fri 6 Mar 23:59"},
		{"voor vrijdag", "voor vrijdag=Thu 5 Mar 23:59"},

		{"It was promised within 3 days", ""},
		{"It arrived within 24 hours and broke", ""},
		{"Your site says returns are free within 30 days of purchase", ""},
		{"Der Artikel wurde innerhalb von 3 Tagen geliefert", ""},
		{"Ich habe vor 3 Tagen bestellt", ""},
		{"I waited until Monday, and I am away till Tuesday", ""},
		{"in two weeks it fell apart", ""},
		{"I bought it in March, by mail, on Friday", ""},
		{"by 4 March 2025", ""},
		{"by Friday the 300", "by Friday=Fri 6 Mar 23:59"},
		{"avant mon départ", ""},
		{"by 99.99.9999 or by 32 March", ""},
		{"by. Friday", ""},
		{"Thank you. Have 3 days of rest", ""},
		{"", ""},
	} {
		var got []string
		for _, d := range findDeadlines(tt.text, wednesday) {
			got = append(got, d.Text+"="+d.At.Format("Mon 2 Jan 15:04"))
		}
		if s := strings.Join(got, "; "); s != tt.want {
			t.Errorf("%q: %q, want %q", tt.text, s, tt.want)
		}
	}
	if got := findDeadlines("by Friday", time.Time{}); got != nil {
		t.Errorf("a mail of no time has deadlines %v", got)
	}
}
