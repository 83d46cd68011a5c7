package remote

import (
	"strconv"
	"strings"
	"testing"
)

func TestFind(t *testing.T) {
	r := smtpRoutes(
		"exact.example:one", ".example:two:26", ".none.example:", "Case.example:three", "twice.example:x", "twice.example:four",
		"host:5.6.7.8", "br.example:[1.2.3.4]:2525", "junk.example:one:25:x", "six.example:[::1]", "sixp.example:[IPv6:2001:db8::1]:26",
		"odd.example:[::1", "no colon", "!@:bounces",
	)
	for host, want := range map[string]Route{
		"exact.example": {Relay: "one", Port: 25, fixed: true, line: 1}, "EXACT.example": {Relay: "one", Port: 25, fixed: true, line: 1},
		"a.example": {Relay: "two", Port: 26, fixed: true, line: 2}, "example": {Port: 25},
		"x.none.example": {Port: 25, line: 3}, "a.b.none.example": {Port: 25, line: 3}, "none.example": {Relay: "two", Port: 26, fixed: true, line: 2},
		"case.example": {Relay: "three", Port: 25, fixed: true, line: 4}, "twice.example": {Relay: "four", Port: 25, fixed: true, line: 6}, "other.test": {Port: 25},
		"br.example": {Relay: "[1.2.3.4]", Port: 2525, fixed: true, line: 8}, "junk.example": {Relay: "one", Port: 25, fixed: true, line: 9},
		"six.example":  {Relay: "[::1]", Port: 25, fixed: true, line: 10},
		"sixp.example": {Relay: "[IPv6:2001:db8::1]", Port: 26, fixed: true, line: 11}, "": {Port: 25}, ".": {Port: 25}, "host.": {Port: 25},
	} {
		if want.line > 0 {
			want.file = "control/smtproutes"
		}
		if got, err := r.Find(host); err != nil || got != want {
			t.Errorf("%q: %+v %v", host, got, err)
		}
	}
	if _, err := r.Find("odd.example"); err == nil || err.Error() != "control/smtproutes:12: no valid port" {
		t.Error(err)
	}
	if got, _ := r.FindFor("", "exact.example"); got.Relay != "bounces" {
		t.Errorf("%+v", got)
	}
	if got, _ := r.FindFor("s@x", "exact.example"); got.Relay != "one" {
		t.Errorf("%+v", got)
	}
	all := smtpRoutes(":all", ".a.example:")
	if got, _ := all.Find("x.a.example"); got.fixed {
		t.Errorf("%+v", got)
	}
	if got, _ := all.Find("a.example"); got.Relay != "all" {
		t.Errorf("%+v", got)
	}
}

func TestParseRoutePort(t *testing.T) {
	for s, want := range map[string]uint16{
		"h:1": 1, "h:65535": 65535, "h:0025": 25, "h:26 # x y": 26, "h;587": 587, "[::1];26": 26,
		"h:": 0, "h:x": 0, "h:0": 0, "h:65536": 0, "h:99999999999999999999": 0, "h:-1": 0, "[::1]:": 0, "::1": 0,
		"h;": 0, "h;25x": 0,
	} {
		got, err := ParseRoute(s, 25)
		if want == 0 && err != errPort || want != 0 && (err != nil || got.Port != want) {
			t.Errorf("%q: %+v %v", s, got, err)
		}
	}
}

// Every dialect of a login, and what lies between them.
func TestParseRouteLogin(t *testing.T) {
	for s, want := range map[string]Route{
		"h:587|u|p":         {Relay: "h", Port: 587, Login: Login{"u", "p", true}},
		"h|u@d|p w|x":       {Relay: "h", Port: 25, Login: Login{"u@d", "p w|x", true}},
		"h;465|u|p":         {Relay: "h", Port: 465, Login: Login{"u", "p", true}},
		"h:587 u p":         {Relay: "h", Port: 587, Login: Login{"u", "p", false}},
		"h:587\tu  p|;:":    {Relay: "h", Port: 587, Login: Login{"u", "p|;:", false}},
		"h -u p":            {Relay: "h", Port: 25, Login: Login{"u", "p", true}},
		"[::1]:26|u|p":      {Relay: "[::1]", Port: 26, Login: Login{"u", "p", true}},
		"h:26 #u p":         {Relay: "h", Port: 26},
		"h:26 # see ticket": {Relay: "h", Port: 26},
	} {
		want.fixed = true
		if got, err := ParseRoute(s, 25); err != nil || got != want {
			t.Errorf("%q: %+v %v", s, got, err)
		}
	}
	for s, want := range map[string]error{
		"h|u": errLogin, "h|u|": errLogin, "h||p": errLogin, "h u": errLogin, "h u p q": errLogin, " h": errLogin, "h - p": errLogin,
		"h|-u|p": errMixed, "h|u x|p": errMixed, "h;25 u p": errMixed, "h:25;26|u|p": errMixed, "h;25:26": errMixed, "h u|p x": errMixed,
		":25|u|p": errNobody,
	} {
		if got, err := ParseRoute(s, 25); err != want {
			t.Errorf("%q: %+v %v, want %v", s, got, err, want)
		}
	}
}

func TestWhichRoute(t *testing.T) {
	s := Settings{
		Senders: NewRoutes(authSenders, DefaultPort, entries(
			"joe@a.example:own:587|joe|pw", "@b.example|b|pw", ".c.example:far", "plain@a.example:", "alone@a.example|x|y", "bad@a.example|x")),
		QMTPRoutes: NewRoutes("qmtproutes", 209, entries("q.example:quick", "six.example:quick;6209", ".n.example:", "l.example:quick|u|p", "!@:qbounce")),
		Routes:     smtpRoutes("d.example:relay|dom|pw", ".example:wide", "!@:bounce", "n.example:none|u|p", "o.example:|u|p"),
	}
	for key, want := range map[string]string{
		"joe@a.example d.example":     "own:587 joe",
		"JOE@A.example q.example":     "own:587 joe",
		"x@b.example d.example":       "relay:25 b",
		"x@b.example other.test":      "control/authsenders:2: a user and a password, and no relay to tell them to",
		"x@b.example q.example":       "control/authsenders:2: QMTP has no login",
		"x@y.c.example d.example":     "far:25 ",
		"plain@a.example d.example":   "relay:25 dom",
		"alone@a.example x.example":   "wide:25 x",
		"bad@a.example x.example":     "control/authsenders:6: neither a relay alone nor one with a user and a password",
		"z@z d.example":               "relay:25 dom",
		"z@z q.example":               "quick:209 QMTP",
		"z@z six.example":             "quick:6209 QMTP",
		"z@z x.n.example":             "wide:25 ",
		"z@z l.example":               "control/qmtproutes:4: QMTP has no login",
		"z@z o.example":               "control/smtproutes:5: a user and a password, and no relay to tell them to",
		"z@z elsewhere.test":          ":25 ",
		" d.example":                  "qbounce:209 QMTP",
		"no-at.c.example other.test.": "far:25 ",
	} {
		sender, host, _ := strings.Cut(key, " ")
		r, err := s.Route(sender, host)
		got := r.Relay + ":" + strconv.Itoa(int(r.Port)) + " " + r.Login.User
		if r.QMTP {
			got += "QMTP"
		}
		if err != nil {
			got = err.Error()
		}
		if got != want {
			t.Errorf("%q: %q, want %q", key, got, want)
		}
	}
}

func FuzzParseRoute(f *testing.F) {
	for _, s := range []string{"", "h", "h:25", "[::1]:26", "[::1", "]:[", ":", "[", "h:25:x", "h;25|u|p", "h -u p", "|u|p", "h | p", "h:1#\t-|"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		r, err := ParseRoute(s, 25)
		if err != nil {
			return
		}
		if r.Port == 0 || !strings.HasPrefix(s, r.Relay) || r.fixed && s == "" {
			t.Fatalf("%q: %+v", s, r)
		}
		if l := r.Login; (l.User == "") != (l.Password == "") || !strings.Contains(s, l.User) || !strings.Contains(s, l.Password) {
			t.Fatalf("%q: %+v", s, r)
		}
		Literal(r.Relay)
		safe(s)
	})
}
