package main

import (
	"os"
	"strings"
	"testing"

	"qmailkit/internal/clitest"
	"qmailkit/internal/cmd"
)

func TestCounter(t *testing.T) {
	c := &counter{}
	for _, step := range []struct {
		text string
		want int
	}{
		{"", 0}, {"sess=0 quit=0 mesg=1\r", 1}, {"sess=0 quit=0 me", 1}, {"sg=2", 1}, {"0\r", 20},
		{"sess=1 quit=1 mesg=21\rsess=1 quit=1 mesg=22\rsess=1", 22}, {" nonsense\r", 22},
	} {
		c.Write([]byte(step.text))
		if got := c.messages(); got != step.want {
			t.Errorf("after %q: %d, want %d", step.text, got, step.want)
		}
	}
}

func TestMedian(t *testing.T) {
	for _, c := range []struct {
		figures []float64
		want    float64
	}{{nil, 0}, {[]float64{3}, 3}, {[]float64{9, 1}, 5}, {[]float64{7, 1, 2}, 2}} {
		if got := median(c.figures); got != c.want {
			t.Errorf("%v: %v, want %v", c.figures, got, c.want)
		}
	}
}

func TestOptions(t *testing.T) {
	for _, c := range []struct{ args, want string }{
		{"--rounds 3 --queued 5,70 --only list,inject --dir d --home h", ""},
		{"--rounds 0 --dir d --home h", "--rounds 0: a number above 0 is due"},
		{"--queued 5, --dir d --home h", "--queued 5,: a number above 0 is due"},
		{"--only lists --dir d --home h", "--only lists: there are maildir-8, maildir-32, sink-8, sink-32, list, inject, slow, idle, waiting, startup"},
		{"--round 3", "--round is unknown"},
		{"--rounds", "--rounds is unknown or needs a value"},
		{"--dir d", "--dir and --home are due"},
	} {
		got := ""
		b := &bench{}
		if err := b.options(strings.Fields(c.args)); err != nil {
			got = err.Error()
		}
		if got != c.want {
			t.Errorf("%s: %q, want %q", c.args, got, c.want)
		}
	}
}

// Each message goes through all steps, and nothing is left.
func TestLimit(t *testing.T) {
	p, _ := clitest.Proc(t, "bench", clitest.World{})
	b := &bench{p: p, dir: t.TempDir(), messages: 10}
	b.limit("maildir-8", "x", 3, true)
	b.limit("sink-8", "y", 3, false)
	if b.wrong != 0 || len(b.results) != 2 {
		t.Errorf("%d failed, %d results", b.wrong, len(b.results))
	}
	if left := count(b.dir+"/*/pid", b.dir+"/*/mess", b.dir+"/*/intd", b.dir+"/*/todo", b.dir+"/*/tmp"); left != 0 {
		t.Errorf("%d left", left)
	}
}

func TestOrdinaryUser(t *testing.T) {
	if os.Getuid() == 0 {
		t.Skip("root may")
	}
	p, _ := clitest.Proc(t, "bench", clitest.World{})
	p.Args = []string{"--dir", t.TempDir(), "--home", "/nowhere"}
	if code, text := cmd.Outcome("bench", Run(p)); code != 100 || !strings.Contains(text, "only root can") {
		t.Errorf("%d %q", code, text)
	}
}
