package message

import (
	"strings"
	"testing"
)

// attributions as mail programs write them, each by program and language.
var attributions = []struct{ program, text string }{
	{"Gmail en", "On Tue, May 5, 2026 at 9:12 AM Example Shop <support@example.com> wrote:"},
	{"Gmail en, broken", "On Tue, May 5, 2026 at 9:12 AM Example Shop with a Long Name <\nsupport@example.com> wrote:"},
	{"Gmail en, verb alone", "On Tue, May 5, 2026 at 9:12 AM Example Shop <support@example.com>\nwrote:"},
	{"Apple en", "On May 5, 2026, at 9:12 AM, Example Shop <support@example.com> wrote:"},
	{"Thunderbird en", "On 5/5/2026 9:12 AM, Example Shop wrote:"},
	{"Yahoo en", "On Tuesday, May 5, 2026 at 09:12:00 AM PDT, Example Shop <support@example.com> wrote:"},
	{"Proton en", "On Tuesday, May 5th, 2026 at 9:12 AM, Example Shop <support@example.com> wrote:"},
	{"Samsung en", "-------- Original message --------\nFrom: Example Shop <support@example.com>\nDate: 5/5/26 9:12 AM (GMT+01:00)\nTo: jane.roe@mail.example\nSubject: Re: Lamp"},
	{"Gmail de", "Am Di., 5. Mai 2026 um 09:12 Uhr schrieb Example Shop <support@example.com>:"},
	{"Apple de", "Am 05.05.2026 um 09:12 schrieb Example Shop <support@example.com>:"},
	{"Thunderbird de", "Am 05.05.26 um 09:12 schrieb Example Shop:"},
	{"Outlook iOS de", "Von: Example Shop <support@example.com>\nDatum: Dienstag, 5. Mai 2026 um 09:12\nAn: Jane Roe <jane.roe@mail.example>\nBetreff: Re: Lampe"},
	{"GMX de", "Gesendet: Dienstag, 5. Mai 2026 um 09:12 Uhr\nVon: \"Example Shop\" <support@example.com>\nAn: jane.roe@mail.example\nBetreff: Re: Lampe"},
	{"Outlook de", "-----Ursprüngliche Nachricht-----\nVon: Example Shop <support@example.com>\nGesendet: Dienstag, 5. Mai 2026 09:12\nAn: Jane Roe\nBetreff: AW: Lampe"},
	{"name first de", "Example Shop <support@example.com> schrieb am Di., 5. Mai 2026, 09:12:"},
	{"Gmail fr", "Le mar. 5 mai 2026 à 09:12, Example Shop <support@example.com> a écrit :"},
	{"Apple fr", "Le 5 mai 2026 à 09:12, Example Shop <support@example.com> a écrit :"},
	{"Orange fr", "> Message du 05/05/26 09:12\n> De : \"Example Shop\" <support@example.com>\n> A : jane.roe@mail.example"},
	{"Outlook fr", "-----Message d'origine-----\nDe : Example Shop\nEnvoyé : mardi 5 mai 2026 09:12\nÀ : Jane Roe\nObjet : RE: Lampe"},
	{"Gmail es", "El mar, 5 may 2026 a las 9:12, Example Shop (<support@example.com>) escribió:"},
	{"Thunderbird es", "El 5/5/26 a las 9:12, Example Shop escribió:"},
	{"Outlook es", "De: Example Shop <support@example.com>\nEnviado el: martes, 5 de mayo de 2026 9:12\nPara: Jane Roe\nAsunto: RE: Lámpara"},
	{"Gmail it", "Il giorno mar 5 mag 2026 alle ore 09:12 Example Shop <support@example.com> ha scritto:"},
	{"Outlook it", "Da: Example Shop <support@example.com>\nInviato: martedì 5 maggio 2026 09:12\nA: Jane Roe\nOggetto: R: Lampada"},
	{"Gmail pt", "Em ter., 5 de mai. de 2026 às 09:12, Example Shop <support@example.com> escreveu:"},
	{"Apple pt", "No dia 05/05/2026, às 09:12, Example Shop <support@example.com> escreveu:"},
	{"Outlook pt", "De: Example Shop <support@example.com>\nEnviada em: terça-feira, 5 de maio de 2026 09:12\nPara: Jane Roe\nAssunto: RES: Lâmpada"},
	{"Gmail nl", "Op di 5 mei 2026 om 09:12 schreef Example Shop <support@example.com>:"},
	{"Outlook nl", "Van: Example Shop <support@example.com>\nVerzonden: dinsdag 5 mei 2026 09:12\nAan: Jane Roe\nOnderwerp: RE: Lamp"},
	{"Gmail pl", "wt., 5 maj 2026 o 09:12 Example Shop <support@example.com> napisał(a):"},
	{"Thunderbird pl", "W dniu 5.05.2026 o 09:12, Example Shop pisze:"},
	{"Gmail sv", "Den tis 5 maj 2026 kl 09:12 skrev Example Shop <support@example.com>:"},
	{"Outlook sv", "Från: Example Shop <support@example.com>\nSkickat: den 5 maj 2026 09:12\nTill: Jane Roe\nÄmne: SV: Lampa"},
	{"Gmail da", "Den tirs. 5. maj 2026 kl. 09.12 skrev Example Shop <support@example.com>:"},
	{"Gmail no", "tir. 5. mai 2026 kl. 09:12 skrev Example Shop <support@example.com>:"},
	{"Outlook no", "Fra: Example Shop <support@example.com>\nSendt: tirsdag 5. mai 2026 09:12\nTil: Jane Roe\nEmne: SV: Lampe"},
	{"Gmail fi", "ti 5.5.2026 klo 9.12 Example Shop (support@example.com) kirjoitti:"},
	{"Outlook fi", "Lähettäjä: Example Shop <support@example.com>\nLähetetty: tiistai 5. toukokuuta 2026 9:12\nVastaanottaja: Jane Roe\nAihe: VS: Lamppu"},
	{"Gmail zh-CN", "Example Shop <support@example.com> 于2026年5月5日周二 09:12写道："},
	{"Gmail zh-TW", "Example Shop <support@example.com> 於 2026年5月5日 週二 上午9:12寫道："},
	{"Foxmail zh", "发件人： Example Shop\n发送时间： 2026-05-05 09:12\n收件人： Jane Roe\n主题： 回复: 灯"},
	{"Gmail ja", "2026年5月5日(火) 9:12 Example Shop <support@example.com>:"},
	{"Outlook ja", "差出人: Example Shop <support@example.com>\n送信日時: 2026年5月5日 9:12\n宛先: Jane Roe\n件名: Re: ランプ"},
	{"Gmail ru", "вт, 5 мая 2026 г. в 09:12, Example Shop <support@example.com>:"},
	{"Yandex ru", "05.05.2026, 09:12, \"Example Shop\" <support@example.com>:"},
	{"Gmail cs", "út 5. 5. 2026 v 9:12 odesílatel Example Shop <support@example.com> napsal:"},
	{"Gmail tr", "5 May 2026 Sal 09:12 tarihinde Example Shop <support@example.com> şunu yazdı:"},
	{"Gmail hu", "Example Shop <support@example.com> ezt írta (időpont: 2026. máj. 5., K, 9:12):"},
	{"bold labels", "*From:* Example Shop <support@example.com>\n*Sent:* Tuesday, May 5, 2026 9:12 AM\n*To:* Jane Roe\n*Subject:* RE: Lamp"},
	{"drawn line above", "________________________________\nFrom: Example Shop <support@example.com>\nSent: Tuesday, May 5, 2026 9:12 AM\nTo: Jane Roe\nSubject: RE: Lamp"},
	{"labels on one line", "From: Example Shop <support@example.com> Sent: Tuesday, May 5, 2026 9:12 AM To: Jane Roe Subject: RE: Lamp"},
	{"Outlook de, on one line", "Von: Example Shop <support@example.com> Gesendet: Dienstag, 5. Mai 2026 09:12 An: Jane Roe Betreff: AW: Lampe"},
	{"Gmail ko", "2026년 5월 5일 (화) 오전 9:12, Example Shop <support@example.com>님이 작성:"},
	{"Gmail he", "\u202bבתאריך יום ג׳, 5 במאי 2026 ב-9:12 מאת \u202aExample Shop\u202c\u200f <\u202asupport@example.com\u202c\u200f>:\u202c"},
	{"Gmail ar", "في الثلاثاء، 5 مايو 2026 في 9:12 ص تمت كتابة ما يلي بواسطة Example Shop <support@example.com>:"},
	{"Gmail uk", "вт, 5 трав. 2026 р. о 09:12 Example Shop <support@example.com> пише:"},
	{"Gmail ro", "În mar., 5 mai 2026 la 09:12, Example Shop <support@example.com> a scris:"},
	{"Gmail el", "Στις Τρί 5 Μαΐ 2026 στις 9:12 π.μ., ο χρήστης Example Shop <support@example.com> έγραψε:"},
	{"labels apart", "From: Example Shop <support@example.com>\n\nSent: Tuesday, May 5, 2026 9:12 AM\n\nTo: Jane Roe\n\nSubject: RE: Lamp"},
}

func TestQuotedHistoryIsCutInManyLanguages(t *testing.T) {
	const own = "The lamp still flickers."
	const old = "we are sorry.\nYour bank may help you."
	for _, a := range attributions {
		bodies := map[string]string{
			"marked":   "> " + strings.ReplaceAll(old, "\n", "\n> "),
			"unmarked": old,
		}
		for kind, body := range bodies {
			if kind == "unmarked" && strings.HasPrefix(a.text, ">") {
				continue
			}
			if got := newText(splitNew(cleanText(own + "\n\n" + a.text + "\n\n" + body + "\n"))).text; got != own {
				t.Errorf("%s, %s: %q", a.program, kind, got)
			}
		}
	}
}

func TestForwardedMailsAreCutInManyLanguages(t *testing.T) {
	const own = "See what they wrote."
	for _, marker := range []string{
		"---------- Forwarded message ---------", "---------- Weitergeleitete Nachricht ---------", "---------- Message transféré ---------",
		"---------- Mensaje reenviado ---------", "---------- Messaggio inoltrato ---------", "---------- Mensagem encaminhada ---------",
		"---------- Doorgestuurd bericht ---------", "---------- Wiadomość przekazana ---------", "---------- Videresendt meddelelse ---------",
		"---------- Vidarebefordrat meddelande ---------", "---------- Välitetty viesti ---------", "---------- 转发的邮件 ---------", "---------- 転送メッセージ ----------",
		"Begin forwarded message:", "Anfang der weitergeleiteten Nachricht:", "Début du message transféré :", "Inicio del mensaje reenviado:",
		"Inizio messaggio inoltrato:", "Início da mensagem reencaminhada:", "Begin doorgestuurd bericht:", "Vidarebefordrat brev:",
		"----- Forwarded by Jane Roe/Firm on 05/05/2026 09:12 AM -----", "----- Weitergeleitete Message -----",
	} {
		if got := newText(splitNew(own + "\n\n" + marker + "\n\nWe will sue you.\n")).text; got != own {
			t.Errorf("%s: %q", marker, got)
		}
	}
}

// What people write may look like what programs write. Where it is unsure, it is theirs.
func TestCustomersWordsAreKept(t *testing.T) {
	for _, text := range []string{
		"On Monday at 10:30 your colleague wrote:\n\"We never refund.\"\nI will go to court.",
		"As your page says:\nReturns are free.",
		"Here is what happened:\n\nMonday: nothing.\nTuesday: nothing.\nWednesday: I call my bank.",
		"From: the very start I was lied to.\nTo: this day nothing has changed.",
		"Date: 5 May\nTime: 10:30\nPlace: your shop\nYour man was rude.",
		"Regards are not enough.\nI want my money.",
		"Thanks for nothing, you crooks.",
		"Best,\nand by best I mean the worst shop ever.",
		"My name is Jane Roe\nI live in Berlin\nCall me at 030 5550142 or I will sue.",
		"----\nI want to speak to a manager.\n----",
		"1 > 0, and you owe me one.",
		"I sent you a confidential message and you disclosed it to the courier.",
		"Sent from Berlin on Monday, arrived broken.",
		"Can you unsubscribe me from this list? I never asked for it.",
		"The virus scanner says that your page is not virus-safe.",
		"--\nNo signature, just a habit of mine. You never answered my question about the refund, did you? I will ask until you do.",
		"PS: I'm calling my bank.",
		"The lamp flickers.\n\nLawyer letter follows\nto 030 5550142",
		"-- \nI will sue you.",
		"The lamp flickers.\nThanks, but no thanks.",
		"The lamp flickers.\n\nThanks, Refund me",
		"The lamp flickers.\n\nRegards\nRefund My Money",
		"The lamp flickers.\n\nRefund Me Today\nTel. 030 5550142",
		"Hello,\n\nThis message is confidential and for your manager only.",
		"Kind regards to your manager, who can expect a letter from my lawyer.",
	} {
		if got := newText(splitNew(text + "\n")).text; strings.Join(strings.Fields(strings.Trim(got, "-")), " ") != strings.Join(strings.Fields(strings.Trim(text, "-")), " ") {
			t.Errorf("%q became %q", text, got)
		}
	}
}

// What stands under a name is a signature only where it is written like one.
func TestWordsUnderANameAreKept(t *testing.T) {
	for _, last := range []string{"Lawyer letter follows", "Never again.", "P.S. see you in court", "PS you are thieves", "PS: Chargeback Filed", "PS", "and my bank knows", "Call me!", "Please ring 030 5550142"} {
		got := newText(splitNew("The lamp flickers.\n\nRegards\nJane Roe\n" + last + "\n")).text
		if !strings.HasSuffix(got, last) {
			t.Errorf("%q was lost: %q", last, got)
		}
	}
}

func TestSignaturesAreTakenOff(t *testing.T) {
	const own = "The lamp flickers."
	for _, signature := range []string{
		"-- \nJane Roe", "--\nJane Roe\nHead of Purchasing", "—\nJane Roe",
		"Kind regards\nJane Roe", "Best,\nJane", "Thanks, Jane", "Sincerely,\n\nJane Roe\nLitigation Department\nRoe & Partners LLP\n+44 20 5550 0142",
		"Mit freundlichen Grüßen\n\nJane Roe\nRechtsanwältin", "LG\nJane", "Cordialement,\nJane Roe", "Un saludo,\nJane Roe", "Cordiali saluti\nJane Roe",
		"Atenciosamente,\nJane Roe", "Met vriendelijke groet,\nJane Roe", "Pozdrawiam\nJane Roe", "Med vänliga hälsningar\nJane Roe", "Venlig hilsen\nJane Roe", "Ystävällisin terveisin\nJane Roe",
		"Sent from my iPhone", "– Sent from my iPhone", "Sent from my Galaxy", "Sent from Yahoo Mail on Android", "Get Outlook for iOS", "Get Outlook for Android<https://aka.ms/x>", "Sent from Mail for Windows",
		"Von meinem iPhone gesendet", "Gesendet von Mail für Windows", "Diese Nachricht wurde von meinem Android Mobiltelefon mit GMX Mail gesendet.", "Outlook für Android beziehen",
		"Envoyé de mon iPhone", "Envoyé depuis mon appareil mobile Samsung.", "Enviado desde mi iPhone", "Inviato da iPhone", "Enviado do meu iPhone", "Verstuurd vanaf mijn iPhone",
		"Wysłane z iPhone'a", "Skickat från min iPhone", "Sendt fra min iPhone", "Lähetetty iPhonesta", "发自我的iPhone", "iPhoneから送信", "Отправлено с iPhone",
		"Jane Roe\nRoe & Daughters\nTel. 030 5550142\nwww.roe.example",
		"_______________________________________________\nLamps mailing list\nlamps@lists.example",
	} {
		if got := newText(splitNew(own + "\n\n" + signature + "\n")).text; got != own {
			t.Errorf("%q left %q", signature, got)
		}
	}
}

func TestLegalFootersAreTakenOffInManyLanguages(t *testing.T) {
	const own = "The lamp flickers."
	for _, footer := range []string{
		"CONFIDENTIALITY NOTICE: This email and any attachments are for the exclusive and confidential use of the intended recipient. If you received it in error, delete it at once. Legal action may follow.",
		"If you are not the intended recipient of this e-mail, please notify the sender; any disclosure is prohibited and may lead to legal action.",
		"Diese E-Mail enthält vertrauliche Informationen. Sind Sie nicht der richtige Adressat, vernichten Sie diese E-Mail. Zuwiderhandlungen werden gerichtlich verfolgt.",
		"Ce message et ses pièces jointes sont confidentiels et réservés au destinataire. Si vous avez reçu ce message par erreur, détruisez-le. Toute divulgation peut entraîner des poursuites.",
		"Este mensaje es confidencial y va dirigido a su destinatario. Si lo recibe por error, elimínelo; su uso puede dar lugar a acciones legales.",
		"Questo messaggio è riservato ed è destinato esclusivamente al destinatario. Se lo avete ricevuto per errore, cancellatelo.",
		"Esta mensagem é confidencial e dirigida ao destinatário. Se a recebeu por engano, apague-a.",
		"Dit bericht is vertrouwelijk en uitsluitend bestemd voor de geadresseerde. Ontving u het ten onrechte, verwijder het dan.",
		"Ta wiadomość jest poufna i przeznaczona wyłącznie dla adresata. Jeśli otrzymałeś ją omyłkowo, usuń ją.",
		"Denne e-mail er fortrolig og kun til den rette modtager. Er den sendt ved en fejl, bedes den slettet.",
		"Detta meddelande är konfidentiellt och avsett för adressaten. Har du fått det av misstag, radera det.",
		"Tämä viesti on luottamuksellinen ja tarkoitettu vain vastaanottajalle. Jos sait sen erehdyksessä, poista se.",
		"This email has been checked for viruses by Avast antivirus software.", "Virus-free. www.avast.com",
		"Diese E-Mail wurde von Avast Antivirus-Software auf Viren geprüft.", "Denken Sie an die Umwelt, bevor Sie diese Mail drucken.",
		"Please consider the environment before printing this e-mail.", "Please consider the environment \nbefore printing this e-mail.",
	} {
		if got := newText(splitNew(own + "\n\n" + footer + "\n")).text; got != own {
			t.Errorf("%q left %q", footer, got)
		}
	}
}

func TestQQMailWritesItsSeparatorWithEntities(t *testing.T) {
	text := "已解决\n\n------------------&nbsp;原始邮件&nbsp;------------------\n发件人: \"Heed\" <heed@example.com&gt;;\n主题:&nbsp;x\n\nold words\n"
	if got := newText(splitNew(text)).text; got != "已解决" {
		t.Errorf("got %q", got)
	}
}

func TestWordsBeforeAFooterOnAnIndentedLineAreKept(t *testing.T) {
	text := "   I will sue you. This e-mail is confidential and intended for the addressee only; delete it if you are not.\n"
	if got := newText(splitNew(text)).text; got != "I will sue you." {
		t.Errorf("got %q", got)
	}
}
