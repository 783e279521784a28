package escalation

import (
	"bytes"
	"reflect"
	"strings"
	"testing"
	"time"
)

func TestDefaultPolicyIsTheOneOfTheDesign(t *testing.T) {
	t.Parallel()
	p := DefaultPolicy()
	var got []string
	for _, r := range p.Rules {
		for _, s := range r.Steps {
			var to []string
			for _, a := range s.To {
				to = append(to, string(a))
			}
			line := r.Name + " " + FormatDuration(time.Duration(s.At)*time.Second) + " " + string(s.Do)
			got = append(got, strings.TrimSpace(line+" "+strings.Join(to, "+")))
		}
		if r.Window != 90*day {
			t.Errorf("%s: window %v", r.Name, r.Window)
		}
	}
	want := []string{
		"chargeback-opened 1s escalate domestic",
		"chargeback-threat 1s reassure",
		"chargeback-threat 1s escalate contact+domestic",
		"legal-threat 1s escalate contact+domestic",
		"manager-request 1s escalate contact+domestic",
		"abuse 2s escalate contact+domestic",
		"info-refused 2s escalate contact+domestic",
		"solution-rejected 2s escalate contact+domestic",
		"review-threat 1s appease",
		"review-threat 2s escalate contact+domestic",
		"review-posted 1s escalate domestic",
		"phone-only 3s escalate contact+domestic",
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	if p.LongestWindow() != 90*day {
		t.Errorf("longest window %v", p.LongestWindow())
	}
}

func TestPrintedPolicyReadsBackTheSame(t *testing.T) {
	t.Parallel()
	p := DefaultPolicy()
	p.Rules[0].Window = 36*time.Hour + 5*time.Second
	back, err := parsePolicy([]byte(p.TOML()))
	if err != nil {
		t.Fatalf("%v in\n%s", err, p.TOML())
	}
	if !reflect.DeepEqual(p, back) {
		t.Errorf("got\n%+v\nwant\n%+v", back, p)
	}
}

func TestBuiltInFileIsWrittenAsPrinted(t *testing.T) {
	t.Parallel()
	_, rules, _ := bytes.Cut(builtin, []byte("\n\n"))
	if got := DefaultPolicy().TOML(); got != string(rules) {
		t.Errorf("policy.toml differs from what --print-policy prints:\n%s", got)
	}
}

func TestEveryFaultOfAPolicyIsNamed(t *testing.T) {
	t.Parallel()
	step := []StepConfig{{At: 1, Do: "escalate", To: []string{"domestic"}}}
	good := RuleConfig{Name: "law", Signal: "legal_threat", Window: "90d", Steps: step}
	for _, c := range []struct {
		about string
		spoil func(*RuleConfig)
		want  string // key: the beginning of the problem
	}{
		{"no name", func(r *RuleConfig) { r.Name = "" }, "name: missing"},
		{"header injection", func(r *RuleConfig) { r.Name = "a\r\nBcc: x" }, `name: "a\r\nBcc: x": only a-z`},
		{"upper case", func(r *RuleConfig) { r.Name = "Law" }, `name: "Law": only a-z`},
		{"looks like an option", func(r *RuleConfig) { r.Name = "-x" }, `name: "-x": only a-z`},
		{"long name", func(r *RuleConfig) { r.Name = strings.Repeat("x", 41) }, "name: 41 bytes long"},
		{"no signal", func(r *RuleConfig) { r.Signal = "" }, "signal: missing; one of chargeback_opened, "},
		{"misspelt signal", func(r *RuleConfig) { r.Signal = "legal" }, `signal: unknown signal "legal"; one of `},
		{"misspelt with", func(r *RuleConfig) { r.With = []string{"abuse", "phone"} }, `with[1]: unknown signal "phone"`},
		{"with itself", func(r *RuleConfig) { r.With = []string{"legal_threat"} }, `with[0]: "legal_threat" is asked for`},
		{"window without unit", func(r *RuleConfig) { r.Window = "90" }, `window: duration "90": want a number`},
		{"no window at all", func(r *RuleConfig) { r.Window = "0d" }, `window: "0d": more than 0`},
		{"endless window", func(r *RuleConfig) { r.Window = "4000d" }, `window: "4000d": more than 0 and at most 3650d`},
		{"no steps", func(r *RuleConfig) { r.Steps = nil }, "steps: missing"},
		{"at 0", func(r *RuleConfig) { r.Steps[0].At = 0 }, "steps[0].at: 0: 1 to 1000"},
		{"no do", func(r *RuleConfig) { r.Steps[0].Do = "" }, "steps[0].do: missing"},
		{"unknown do", func(r *RuleConfig) { r.Steps[0].Do = "mail" }, `steps[0].do: unknown step "mail"`},
		{"follow_up as a step", func(r *RuleConfig) { r.Steps[0].Do = "follow_up" }, "steps[0].do: follow_up happens by itself"},
		{"escalation to nobody", func(r *RuleConfig) { r.Steps[0].To = nil }, "steps[0].to: missing"},
		{"unknown audience", func(r *RuleConfig) { r.Steps[0].To[0] = "boss" }, `steps[0].to[0]: unknown audience "boss"`},
		{"audience twice", func(r *RuleConfig) { r.Steps[0].To = []string{"domestic", "domestic"} }, `steps[0].to[1]: "domestic" stands`},
		{"draft to somebody", func(r *RuleConfig) { r.Steps[0].Do = "appease" }, `steps[0].to: "appease" makes a draft`},
		{"step twice", func(r *RuleConfig) { r.Steps = append(r.Steps, r.Steps[0]) }, `steps[1]: at = 1, do = "escalate" stands`},
	} {
		t.Run(c.about, func(t *testing.T) {
			t.Parallel()
			bad := good
			bad.Name = "bad"
			bad.Steps = []StepConfig{{At: 1, Do: "escalate", To: []string{"domestic"}}}
			c.spoil(&bad)
			_, faults := Compile([]RuleConfig{good, bad})
			if len(faults) != 1 || faults[0].Index != 1 {
				t.Fatalf("faults %v, want one, of the second rule", faults)
			}
			if got := faults[0].Key + ": " + faults[0].Problem; !strings.HasPrefix(got, c.want) {
				t.Errorf("got  %s\nwant %s…", got, c.want)
			}
		})
	}
}

func TestAllFaultsAreReportedTogetherInOrder(t *testing.T) {
	t.Parallel()
	_, faults := Compile([]RuleConfig{
		{Name: "a", Signal: "nope", Steps: []StepConfig{{At: -1, Do: "escalate"}}},
		{Name: "a", Signal: "abuse", Window: "x", Steps: []StepConfig{{At: 1, Do: "appease"}}},
	})
	var keys []string
	for _, f := range faults {
		keys = append(keys, strings.Repeat("+", f.Index)+f.Key)
	}
	want := []string{"signal", "steps[0].at", "steps[0].to", "+window", "+name"}
	if !reflect.DeepEqual(keys, want) {
		t.Errorf("got %v, want %v", keys, want)
	}
}

func TestStepsAreSortedByThreshold(t *testing.T) {
	t.Parallel()
	p, faults := Compile([]RuleConfig{{Name: "a", Signal: "abuse", Steps: []StepConfig{{At: 3, Do: "appease"}, {At: 1, Do: "reassure"}}}})
	if len(faults) > 0 || p.Rules[0].Steps[0].At != 1 {
		t.Errorf("%v %v", p.Rules[0].Steps, faults)
	}
	if p.Rules[0].Window != DefaultWindow {
		t.Errorf("window %v, want the default", p.Rules[0].Window)
	}
}

func TestDurations(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]time.Duration{
		"90d": 90 * day, "12h": 12 * time.Hour, "30m": 30 * time.Minute, "5s": 5 * time.Second, "1d12h": 36 * time.Hour,
		"0s": 0, "0d": 0, "1h30m": 90 * time.Minute, "007d": 7 * day,
	} {
		if got, err := ParseDuration(text); err != nil || got != want {
			t.Errorf("%q: %v, %v, want %v", text, got, err, want)
		}
	}
	for text, defect := range map[string]string{
		"": "empty", "d": "no number", "90": "no unit", "-1d": "negative", "1.5h": "fraction", "1h1d": "order", "1h1h": "repeated",
		"90 d": "space", "90D": "case", "1w": "weeks", "99999999999d": "too long", "106751d99999999h": "overflow",
		"99999999999999999999s": "overflow", "१d": "digits",
	} {
		if got, err := ParseDuration(text); err == nil {
			t.Errorf("%q (%s): got %v, want an error", text, defect, got)
		}
	}
}

func FuzzDuration(f *testing.F) {
	for _, text := range []string{"90d", "1d2h3m4s", "", "x", "106751d23h47m16s"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		d, err := ParseDuration(text)
		if err != nil {
			return
		}
		if d < 0 {
			t.Fatalf("%q is negative: %v", text, d)
		}
		if back, err := ParseDuration(FormatDuration(d)); err != nil || back != d {
			t.Fatalf("%q: %v reads back as %v, %v", text, d, back, err)
		}
	})
}

// FuzzPolicy holds that whatever compiles can be printed and read back.
func FuzzPolicy(f *testing.F) {
	f.Add(builtin)
	f.Add([]byte("[[rule]]\nname=\"a\"\nsignal=\"abuse\"\nsteps=[{at=1,do=\"appease\"}]"))
	f.Fuzz(func(t *testing.T, text []byte) {
		p, err := parsePolicy(text)
		if err != nil {
			return
		}
		back, err := parsePolicy([]byte(p.TOML()))
		if err != nil {
			t.Fatalf("%v in\n%s", err, p.TOML())
		}
		if !reflect.DeepEqual(p, back) {
			t.Fatalf("got\n%+v\nwant\n%+v", back, p)
		}
	})
}
