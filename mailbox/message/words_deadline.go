package message

import "strings"

// What is said around a deadline, in the languages that Heed hears. Words are in small letters and without accents.
// Words of several languages stand side by side: which language a mail is in need not be known.

// A timeWord says what a word does in a deadline.
type timeWord struct {
	kind timeKind
	n    int8 // of a number, a weekday (Sunday is 0), a month
}

type timeKind uint8

const (
	noTime         timeKind = iota
	wordWithin              // opens a span or a day: entro 24 ore, entro venerdì
	wordWithinSoft          // opens a span where it is short: in 24 Stunden, in the next two days
	wordByDay               // opens a day: by Friday
	wordBeforeDay           // opens a day that is too late itself: before Friday
	wordUntilDay            // opens a day where somebody is given time: you have until Friday
	wordYouHave             // opens a span behind a word for you
	wordFiller              // may stand between
	wordNext                // the next Friday, the next 24 hours
	wordNumber              // a number in words, or an article
	wordWork                // makes workdays of days: business days
	wordMonths
	wordHours // this and the following complete a date, up to wordNoon
	wordDays
	wordWorkdays
	wordWeeks
	wordWeekday // n
	wordMonth   // n
	wordToday
	wordTomorrow
	wordAfterTomorrow
	wordEndOf   // of the day, the week, the month
	wordNoon    // am, pm, Uhr: the number before is an hour; n says of which half of the day
	wordYou     // before youHave
	wordIfNot   // makes a past event one to come: if you have not delivered by Friday
	wordPast    // what has happened or was promised: no deadline of the customer's
	wordFromDay // behind a span: within 30 days of purchase is a policy
)

// What n says of some words.
const (
	notSpan    = 1 // "vor 3 Tagen" is three days ago
	twoBefore  = 2 // "no later than", "au plus tard", "a más tardar": the two words before belong to it
	beforeNoon = 1
	afterNoon  = 2
)

// timeRows are all time words, those with the same meaning in one row.
var timeRows = []struct {
	kind  timeKind
	n     int8
	words string
}{
	{wordWithin, 0, "within innerhalb binnen sous d'ici entro dentro ate"},
	{wordWithinSoft, 0, "in en em dans nel nelle nei nos nas"},
	{wordByDay, 0, "by bis spatestens para per uiterlijk tegen"}, {wordByDay, twoBefore, "than tard tardar"},
	{wordUntilDay, 0, "until till jusqu'a jusqu'au hasta tot"},
	{wordBeforeDay, 0, "avant antes prima"}, {wordBeforeDay, notSpan, "before vor voor"},
	{wordYouHave, 0, "have haben habt avez tienen tiene avete hai tem heeft hebt hebben"},
	{wordYou, 0, "you sie ihr vous usted ustedes voi voce voces u jullie le les te lei"},
	{wordFiller, 0, "the a la le les el los las il lo i gli o os as de den dem der des die das del della dei delle da do das dos d l the of von van zum zur am on at du au aux di e to max maximum maximal spatestens plazo prazo delai termine un una une uma uns het op th st nd rd ten last que late later latest no mas piu plus meno"},
	{wordNext, 0, "next coming following nachsten nachste nachster kommenden kommende kommender prochain prochaine prochains prochaines proximo proxima proximos proximas prossimo prossima prossimi prossime volgende komende aanstaande this diesen diese dieser ce cette este esta questo questa deze"},
	{wordNumber, 1, "one an ein eine einem einer uno um een"},
	{wordNumber, 2, "two zwei deux dos due dois duas twee couple"},
	{wordNumber, 3, "three drei trois tres tre drie"}, {wordNumber, 4, "four vier quatre cuatro quattro quatro"},
	{wordNumber, 5, "five funf cinq cinco cinque vijf"}, {wordNumber, 6, "six sechs seis sei zes"},
	{wordNumber, 7, "seven sieben sept siete sette sete zeven"}, {wordNumber, 8, "eight acht huit ocho otto oito"},
	{wordNumber, 9, "nine neun neuf nueve nove negen"}, {wordNumber, 10, "ten zehn dix diez dieci dez tien"},
	{wordNumber, 14, "fourteen vierzehn quatorze catorce quattordici veertien"}, {wordNumber, 15, "quinze quince quindici"},
	{wordNumber, 24, "vierundzwanzig"}, {wordNumber, 48, "achtundvierzig"},
	{wordHours, 0, "hour hours hrs h std stunde stunden heure heures hora horas ora ore uur"},
	{wordDays, 0, "day days tag tage tagen jour jours dia dias giorno giorni dag dagen"},
	{wordWorkdays, 0, "werktag werktage werktagen arbeitstag arbeitstage arbeitstagen werkdag werkdagen"},
	{wordWork, 0, "business working calendar ouvres ouvrables habiles laborables lavorativi uteis"},
	{wordWeeks, 0, "week weeks woche wochen semaine semaines semana semanas settimana settimane weken"},
	{wordMonths, 0, "month monat monats mois mes mese maand"},
	{wordWeekday, 1, "monday montag lundi lunes lunedi segunda segunda-feira maandag"},
	{wordWeekday, 2, "tuesday tue tues dienstag mardi martes martedi terca terca-feira dinsdag"},
	{wordWeekday, 3, "wednesday wed mittwoch mercredi miercoles mercoledi quarta quarta-feira woensdag"},
	{wordWeekday, 4, "thursday thu thurs donnerstag jeudi jueves giovedi quinta quinta-feira donderdag"},
	{wordWeekday, 5, "friday fri freitag vendredi viernes venerdi sexta sexta-feira vrijdag"},
	{wordWeekday, 6, "saturday samstag sonnabend samedi sabado sabato zaterdag"},
	{wordWeekday, 0, "sunday sonntag dimanche domingo domenica zondag"},
	{wordMonth, 1, "january jan januar janner janvier enero gennaio janeiro januari"},
	{wordMonth, 2, "february feb februar fevrier febrero febbraio fevereiro februari"},
	{wordMonth, 3, "march marz mars marzo marco maart"}, {wordMonth, 4, "april apr avril abril aprile"},
	{wordMonth, 5, "may mai mayo maggio maio mei"}, {wordMonth, 6, "june jun juni juin junio giugno junho"},
	{wordMonth, 7, "july jul juli juillet julio luglio julho"}, {wordMonth, 8, "august aug aout agosto augustus"},
	{wordMonth, 9, "september sept sep septembre septiembre settembre setembro"},
	{wordMonth, 10, "october oct okt oktober octobre octubre ottobre outubro"},
	{wordMonth, 11, "november nov novembre noviembre novembro"},
	{wordMonth, 12, "december dec dez dezember decembre diciembre dicembre dezembro"},
	{wordToday, 0, "today tonight eod cob heute aujourd'hui hoy oggi hoje vandaag"},
	{wordTomorrow, 0, "tomorrow morgen demain manana domani amanha"},
	{wordAfterTomorrow, 0, "ubermorgen apres-demain dopodomani overmorgen"},
	{wordEndOf, 0, "end ende fin fine fim final finales eind einde"},
	{wordNoon, 0, "uhr"}, {wordNoon, beforeNoon, "am"}, {wordNoon, afterNoon, "pm"},
	{wordIfNot, 0, "if unless not don't haven't hasn't didn't isn't never no wenn falls sollte nicht kein keine si sinon pas ne se non nao sem sin als tenzij niet geen sonst otherwise"},
	{wordPast, 0, "arrived delivered promised said told received waited waiting ordered bought shipped returned came broke stopped worked advertised claimed versprochen zugesagt geliefert angekommen bestellt gekauft gewartet erhalten gesagt promis livre recu attendu commande achete prometido prometieron entregado llego recibido comprado promesso consegnato arrivato ricevuto ordinato acquistato prometeram entregue chegou recebi comprei beloofd geleverd ontvangen besteld gekocht gezegd"},
	{wordFromDay, 0, "of after from since nach ab apres suivant desde despues tras dopo dalla apos depois na vanaf return returns ruckgabe retour warranty guarantee garantie policy"},
}

var (
	timeWords = collectTimeWords(func(timeKind) bool { return true })
	// dateWords complete a date. A sentence that holds none of them and no date in digits sets no deadline.
	dateWords = collectTimeWords(func(k timeKind) bool { return k >= wordHours && k <= wordNoon })
)

// A knownTimeWord is one of timeWords.
type knownTimeWord struct {
	word string
	timeWord
}

// collectTimeWords puts the words of some kinds under their shapes. One that stands in timeRows twice keeps its first meaning,
// unless that is to be a filler.
func collectTimeWords(wanted func(timeKind) bool) timeShelf {
	all := map[string]timeWord{}
	for _, row := range timeRows {
		for word := range strings.FieldsSeq(row.words) {
			if known, twice := all[word]; !twice || known.kind == wordFiller {
				all[word] = timeWord{row.kind, row.n}
			}
		}
	}
	var list []knownTimeWord
	for word, meaning := range all {
		if wanted(meaning.kind) {
			list = append(list, knownTimeWord{word, meaning})
		}
	}
	return timeShelf{newShelf(list, func(w knownTimeWord) uint32 { return shapeOf(w.word) })}
}
