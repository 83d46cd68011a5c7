package tcpopt

import (
	"reflect"
	"strings"
	"testing"
	"time"

	"qmailkit/internal/cmd"
	"qmailkit/internal/peer"
)

func TestParse(t *testing.T) {
	usual := peer.Lookups{Remote: true, Ident: true, Patience: 26 * time.Second}
	for _, c := range []struct {
		args, own string
		want      Options
		problem   string
		ok        bool
	}{
		{args: "h 1", ok: true, want: Options{Level: Errors, Lookups: usual, Host: "h", Port: "1", Program: []string{}}},
		{args: "-vqQDdD6HhHrRt5x -lme -- h 1 p -q", ok: true, want: Options{Level: Errors, NoDelay: true, Family: 6,
			Lookups: peer.Lookups{Local: peer.Name{Text: "me", Known: true}, Patience: 5 * time.Second},
			Host:    "h", Port: "1", Program: []string{"p", "-q"}}},
		{args: "-q4z1 -y h 1 p", own: "z1 y", ok: true,
			want: Options{Lookups: usual, Family: 4, Host: "h", Port: "1", Program: []string{"p"}}},
		{args: "-zbad -v h 1 p", own: "zbad", want: Options{Level: Errors, Lookups: usual}},
		{args: "-v h", want: Options{Level: Verbose, Lookups: usual}},
		{args: "-vx", problem: "prog: illegal option -- x", want: Options{Level: Verbose, Lookups: usual}},
		{args: "-t", problem: "prog: option requires an argument -- t", want: Options{Level: Errors, Lookups: usual}},
	} {
		var o Options
		var own []string
		problem, ok := o.Parse(&cmd.Proc{Name: "prog", Args: strings.Fields(c.args)}, "yz:", func(opt byte, arg string) bool {
			own = append(own, string(opt)+arg)
			return arg != "bad"
		})
		if problem != c.problem || ok != c.ok || strings.Join(own, " ") != c.own || !reflect.DeepEqual(o, c.want) {
			t.Errorf("%s: %q %v %q\n%+v\n%+v", c.args, problem, ok, own, o, c.want)
		}
	}
}

func TestSeconds(t *testing.T) {
	for _, c := range []struct {
		s    string
		d    time.Duration
		rest string
	}{
		{"", 0, ""}, {"x1", 0, "x1"}, {"7+8", 7 * time.Second, "+8"}, {"-1", 0, "-1"},
		{"86399", 86399 * time.Second, ""}, {"86401", 24 * time.Hour, ""}, {"99999999999999999999999", 24 * time.Hour, ""},
	} {
		if d, rest := Seconds(c.s); d != c.d || rest != c.rest {
			t.Errorf("%q: %v %q", c.s, d, rest)
		}
	}
}
