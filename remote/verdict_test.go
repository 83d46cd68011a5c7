package remote

import (
	"bytes"
	"errors"
	"strings"
	"testing"
	"testing/iotest"
)

func TestReadVerdict(t *testing.T) {
	for in, want := range map[string]string{
		"r|Kok\n|":             "Kok\n",
		"r|Zlater|":            "Zlater",
		"r|Dno|":               "Dno",
		"hbad\n|Kok\n|":        "Dbad\n",
		"hbad\n|Zlater\n|":     "Dbad\n",
		"hbad\n|Dgiving up\n|": "Dbad\ngiving up\n",
		"sbusy\n|Kok\n|":       "Zbusy\n",
		"sbusy\n|Zlater|":      "Zbusy\nlater",
		"sbusy\n|Dno|":         "Zbusy\nno",
		"Zno connection\n|":    "Zno connection\n",
		"Dbad host\n|":         "Dbad host\n",
		"Kodd\n|":              "Kodd\n",
		"r|":                   "D",
		"ssoft|":               "Zsoft",
		"Zlater":               "D",
		"hx|r|Kok|":            "Dx",
		"r|Kone|Dtwo|":         "Kone",
		"rKx\n|Zlater\n|":      "ZKx\nlater\n",
		"r|r|Zlater|":          "Z",
		"|":                    "D",
		"x|Kok|":               "Zqmail-remote's report makes no sense. (#4.3.0)\n",
		"|Kok|":                "Zqmail-remote's report makes no sense. (#4.3.0)\n",
		"x|Zlater|":            "Zlater",
		"xa|Dno|":              "Dano",
		"sfoo|Kok":             "Zfoook",
	} {
		raw := strings.ReplaceAll(in, "|", "\x00")
		v, some, err := ReadVerdict(iotest.OneByteReader(strings.NewReader(raw)))
		if got := string(v.Letter) + v.Text; err != nil || !some || got != want {
			t.Errorf("%q: %q %v %v, want %q", in, got, some, err, want)
		}
	}
	if _, some, err := ReadVerdict(strings.NewReader("")); some || err != nil {
		t.Error(some, err)
	}
	broken := errors.New("broken")
	if _, _, err := ReadVerdict(iotest.ErrReader(broken)); err != broken {
		t.Error(err)
	}
}

func TestVerdict(t *testing.T) {
	accepted, deferred := Report{RecipientAccepted, ""}, Report{RecipientDeferred, "busy\n"}
	for want, r := range map[string]Result{
		"Kok\n":          {[]Report{accepted}, Report{Accepted, "ok\n"}},
		"Zbusy\nlater\n": {[]Report{deferred}, Report{Deferred, "later\n"}},
		"Dno host\n":     {nil, Report{Failed, "no host\n"}},
		"Dno":            {nil, Report{Failed, "no\x00host\n"}},
	} {
		if v := r.Verdict(); string(v.Letter)+v.Text != want {
			t.Errorf("%+v: %+v", r, v)
		}
	}
}

func TestReadVerdictBounds(t *testing.T) {
	in := "h" + strings.Repeat("x", 3*maxReport) + "\x00D" + strings.Repeat("y", 3*maxReport) + "\x00"
	v, _, err := ReadVerdict(strings.NewReader(in))
	if err != nil || v.Letter != Failed || len(v.Text) != 2*maxReport {
		t.Errorf("%c, %d bytes, %v", v.Letter, len(v.Text), err)
	}
}

// whole finds the verdict in another way: with all the output before it.
func whole(s []byte) (letter byte, text string) {
	reports := bytes.Split(s, []byte{0})
	ended := reports[:len(reports)-1]
	message := byte(Failed)
	for _, r := range ended {
		if len(r) > 0 && isMessage(r[0]) {
			message = r[0]
			break
		}
	}
	first := byte(0)
	if len(reports[0]) > 0 {
		first = reports[0][0]
	}
	letter = message
	switch first {
	case 's':
		letter = Deferred
	case 'h':
		letter = Failed
	case 'r', 'K', 'Z', 'D':
	default:
		if message == Accepted {
			return Deferred, noSense
		}
	}
	if len(ended) == 0 {
		return letter, ""
	}
	if len(reports[0]) > 0 {
		text = string(reports[0][1:])
	}
	if len(reports) > 1 && len(reports[1]) > 0 && isMessage(reports[1][0]) && rank(message) <= rank(letter) {
		text += string(reports[1][1:])
	}
	return letter, text
}

func FuzzReadVerdict(f *testing.F) {
	for _, s := range []string{"r\x00Kok\x00", "hx\x00Dy\x00", "\x00\x00K\x00", "Z", "sx\x00K", "r\x00\x00"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, in []byte) {
		v, some, err := ReadVerdict(bytes.NewReader(in))
		if err != nil || some != (len(in) > 0) || len(in) > maxReport {
			t.Skip()
		}
		if !some {
			return
		}
		letter, text := whole(in)
		if v.Letter != letter || v.Text != text {
			t.Fatalf("%q: %c %q, want %c %q", in, v.Letter, v.Text, letter, text)
		}
		if strings.Contains(v.Text, "\x00") {
			t.Fatalf("%q: a NUL in %q", in, v.Text)
		}
	})
}
