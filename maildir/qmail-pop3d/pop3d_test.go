package main

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"qmailkit/internal/clitest"
	"qmailkit/internal/pop3"
)

// talk has a client say the lines and returns what it is told.
func talk(t *testing.T, dir string, lines ...string) string {
	t.Helper()
	p, _ := clitest.Proc(t, "qmail-pop3d", clitest.World{Dir: dir, Args: []string{"Maildir"}})
	var out bytes.Buffer
	conn := pop3.NewConn(strings.NewReader(strings.Join(lines, "\r\n")+"\r\n"), &out)
	if err := serve(p, conn); err != nil {
		conn.Err(err.Error())
	}
	conn.Flush()
	return strings.ReplaceAll(out.String(), "\r\n", "\n")
}

func mailbox(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	clitest.Files(t, dir, map[string]string{
		"Maildir/tmp/": "", "Maildir/new/1.a": "Subject: one\n\n.dot\nlast", "Maildir/cur/2.b:2,S": "Subject: two\r\n\r\n1\r\n2\r\n",
	})
	for i, name := range []string{"new/1.a", "cur/2.b:2,S"} {
		when := time.Unix(int64(1e9+i), 0)
		if err := os.Chtimes(filepath.Join(dir, "Maildir", name), when, when); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func TestSession(t *testing.T) {
	ok := "+OK \n"
	for _, c := range []struct {
		line, want string
	}{
		{"STAT", "+OK 2 45\n"},
		{"LIST", ok + "1 23\n2 22\n.\n"},
		{"LIST 2", "+OK 2 22\n"},
		{"UIDL", ok + "1 1.a\n2 2.b\n.\n"},
		{"UIDL 1", "+OK 1 1.a\n"},
		{"RETR 1", ok + "Subject: one\n\n..dot\nlast\n.\n"},
		{"RETR 2", ok + "Subject: two\n\n1\n2\n.\n"},
		{"TOP 2 1", ok + "Subject: two\n\n1\n.\n"},
		{"TOP 2 0", ok + "Subject: two\n\n.\n"},
		{"TOP 2", "-ERR syntax error\n"},
		{"TOP 2 x", "-ERR syntax error\n"},
		{"RETR 3", "-ERR not that many messages\n"},
		{"RETR 0", "-ERR messages are counted from 1\n"},
		{"RETR x", "-ERR syntax error\n"},
		{"LAST", "+OK 0\n"},
		{"DELE 1\r\nDELE 1\r\nSTAT\r\nLIST\r\nLAST\r\nRSET\r\nSTAT", ok + "-ERR already deleted\n+OK 1 22\n" + ok + "2 22\n.\n+OK 1\n" + ok + "+OK 2 45\n"},
		{"NOOP", ok},
		{"CAPA", ok + "USER\nTOP\nUIDL\nPIPELINING\nIMPLEMENTATION qmailkit\n.\n"},
		{"BEER", "-ERR unimplemented\n"},
	} {
		if got := talk(t, mailbox(t), c.line, "QUIT"); got != ok+c.want+ok {
			t.Errorf("%s: %q", c.line, got)
		}
	}
}

func files(t *testing.T, dir string) string {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(dir, "Maildir/*/*"))
	if err != nil {
		t.Fatal(err)
	}
	for i := range names {
		names[i], _ = filepath.Rel(filepath.Join(dir, "Maildir"), names[i])
	}
	return strings.Join(names, " ")
}

// Only QUIT deletes, and makes new mail old.
func TestQuit(t *testing.T) {
	for _, c := range []struct {
		lines []string
		want  string
	}{
		{[]string{"DELE 1", "DELE 2"}, "cur/2.b:2,S new/1.a"},
		{[]string{"DELE 1", "QUIT"}, "cur/2.b:2,S"},
		{[]string{"DELE 2", "QUIT"}, "cur/1.a:2,"},
		{[]string{"DELE 1", "RSET", "QUIT"}, "cur/1.a:2, cur/2.b:2,S"},
	} {
		dir := mailbox(t)
		talk(t, dir, c.lines...)
		if got := files(t, dir); got != c.want {
			t.Errorf("%q leaves %q", c.lines, got)
		}
	}
}

func TestNoMaildir(t *testing.T) {
	want := "-ERR this user has no $HOME/Maildir\n"
	if got := talk(t, t.TempDir(), "QUIT"); got != want {
		t.Errorf("%q", got)
	}
	p, _ := clitest.Proc(t, "qmail-pop3d", clitest.World{Dir: mailbox(t) + "/Maildir", Args: []string{""}})
	if err := serve(p, nil); err == nil || err.Error() != errNoMaildir {
		t.Errorf("without a name: %v", err)
	}
	r := clitest.Run(t, "qmail-pop3d", Run, clitest.World{})
	if os.Getuid() == 0 {
		if r.Code != 1 || r.Stderr != "qmail-pop3d invoked as uid 0, terminating\n" {
			t.Errorf("as root: %+v", r)
		}
	} else if r.Code != 0 || r.Stdout != strings.ReplaceAll(want, "\n", "\r\n") {
		t.Errorf("without an argument: %+v", r)
	}
}

// A message that is gone, or that cannot be read to its end, must not look as
// if it were short: a client would delete it.
func TestUnreadable(t *testing.T) {
	broken := errors.New("bad sector")
	for _, text := range []string{"", "Subject: x\n", "Subject: x\n\npart of a li", strings.Repeat("x", 10_000)} {
		var out bytes.Buffer
		w := bufio.NewWriter(&out)
		in := io.MultiReader(strings.NewReader(text), iotest.ErrReader(broken))
		if err := copyLines(w, bufio.NewReader(in), wholeBody); !errors.Is(err, broken) {
			t.Errorf("%.20q: %v", text, err)
		}
	}
}

// The copy of any message has lines that end in CR LF, no dot alone, and says
// the same once that is undone.
func FuzzMessage(f *testing.F) {
	f.Add([]byte("Subject: x\n\n.\r\n..\nlast"), 16)
	f.Add([]byte("a\r\r\n\rb\r"), 16)
	f.Add([]byte(strings.Repeat("x", 15)+"\r\n.\n"), 16)
	f.Fuzz(func(t *testing.T, message []byte, size int) {
		var out bytes.Buffer
		w := bufio.NewWriter(&out)
		if err := copyLines(w, bufio.NewReaderSize(bytes.NewReader(message), 16+size&63), wholeBody); err != nil {
			t.Fatal(err)
		}
		w.Flush()
		var back []byte
		for line := range strings.SplitAfterSeq(out.String(), "\r\n") {
			if line == "" {
				continue
			}
			text, ended := strings.CutSuffix(line, "\r\n")
			if !ended || text == "." || strings.Contains(text, "\n") {
				t.Fatalf("%q has the line %q", message, line)
			}
			back = append(back, strings.TrimPrefix(text, ".")+"\n"...)
		}
		want := bytes.ReplaceAll(message, []byte("\r\n"), []byte("\n"))
		if len(want) > 0 && want[len(want)-1] != '\n' {
			want = append(bytes.TrimSuffix(want, []byte("\r")), '\n')
		}
		if !bytes.Equal(back, want) {
			t.Errorf("%q is sent as %q", message, out.String())
		}
	})
}

// A limit of TOP counts lines of the body.
func TestTop(t *testing.T) {
	for limit, want := range map[int]string{0: "h\r\n\r\n", 1: "h\r\n\r\na\r\n", 2: "h\r\n\r\na\r\n\r\n", 9: "h\r\n\r\na\r\n\r\nb\r\n"} {
		var out bytes.Buffer
		w := bufio.NewWriter(&out)
		copyLines(w, bufio.NewReader(strings.NewReader("h\n\na\n\nb\n")), limit)
		w.Flush()
		if out.String() != want {
			t.Errorf("%d: %q", limit, &out)
		}
	}
}
