package main

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"qmailkit/internal/cdb"
	"qmailkit/internal/clitest"
	"qmailkit/internal/cmd"
	"qmailkit/internal/passwd"
)

// What crypt(3) makes of "secret".
const secret = "$5$abcdefgh$gruCpC7VkOTspMQTTSAR8mtlO9Upms.fwqE5y16JVM."

// pipe returns a descriptor from which text can be read.
func pipe(t *testing.T, text string) *os.File {
	t.Helper()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	w.WriteString(text)
	w.Close()
	t.Cleanup(func() { r.Close() })
	return r
}

func code(err error) int {
	n, _ := cmd.Outcome("checkpassword", err)
	return n
}

func TestRead(t *testing.T) {
	for _, c := range []struct {
		text            string
		login, password string
		code            int
	}{
		{"joe\x00secret\x00x\x00", "joe", "secret", 0},
		{"joe\x00secret\x00", "joe", "secret", 0},
		{"joe\x00\x00", "joe", "", 0},
		{"", "", "", 2},
		{"joe", "", "", 2},
		{"joe\x00secret", "", "", 2},
		{"joe\x00" + strings.Repeat("x", 509), "", "", 1},
	} {
		said, err := read(pipe(t, c.text))
		if got := code(err); got != c.code || got == 0 && (said.login != c.login || said.proof != c.password) {
			t.Errorf("%q: %+v %d", c.text, said, got)
		}
	}
	if _, err := read(clitest.Open(t, t.TempDir())); code(err) != 111 {
		t.Errorf("unreadable: %v", err)
	}
}

func TestMisuse(t *testing.T) {
	if r := clitest.Run(t, "checkpassword", Run, clitest.World{}); r.Code != 2 || r.Stderr != "" {
		t.Errorf("no program: %+v", r)
	}
	if r := clitest.Run(t, "checkpassword", Run, clitest.World{Args: []string{"true"}}); r.Code != 111 {
		t.Errorf("no descriptor 3: %+v", r)
	}
}

func TestCheck(t *testing.T) {
	dir := t.TempDir()
	clitest.Files(t, dir, map[string]string{
		"shadow": "joe:" + secret + ":1:::\nlocked:!" + secret + ":1:::\nempty::1:::\nstar:*:1:::\nodd:zz1234567890.:1:::\nx:x:1:\n",
	})
	files := sources{
		own: filepath.Join(dir, "none.cdb"), shadows: []string{filepath.Join(dir, "none"), filepath.Join(dir, "shadow")},
		users: func(name string) (passwd.User, bool, error) {
			if name == "down" {
				return passwd.User{}, false, errors.New("no answer")
			}
			return passwd.User{Name: name, UID: 7}, name != "nobody-here", nil
		},
	}
	p, _ := clitest.Proc(t, "checkpassword", clitest.World{})
	for _, c := range []struct {
		login, password string
		code            int
	}{
		{"joe", "secret", 0}, {"joe", "Secret", 1}, {"joe", "", 1}, {"joe", "!" + secret, 1},
		{"nobody-here", "secret", 1}, {"notlisted", "secret", 1}, {"", "secret", 1}, {"joe:" + secret, "secret", 1},
		{"locked", "secret", 1}, {"empty", "", 1}, {"star", "*", 1}, {"x", "x", 1}, {"odd", "x", 111}, {"down", "x", 111},
	} {
		user, err := check(p, files, claim{c.login, c.password, "<1@h>"})
		if code(err) != c.code || c.code == 0 && user.UID != 7 {
			t.Errorf("%q %q: %+v, %v", c.login, c.password, user, err)
		}
	}
	files.shadows = []string{dir} // cannot be read
	if _, err := check(p, files, claim{"joe", "secret", ""}); code(err) != 111 {
		t.Errorf("no shadow file to read: %v", err)
	}
}

// table writes users/passwd.cdb in home.
func table(t *testing.T, home string, users map[string]string) {
	t.Helper()
	clitest.Files(t, home, map[string]string{"users/": ""})
	path := filepath.Join(home, "users/passwd.cdb")
	w, err := cdb.Create(path+".tmp", 0o600)
	if err != nil {
		t.Fatal(err)
	}
	for name, data := range users {
		if err := w.Add([]byte(name), []byte(data)); err != nil {
			t.Fatal(err)
		}
	}
	if err := errors.Join(w.Finish(), w.Rename(path)); err != nil {
		t.Fatal(err)
	}
}

func TestOwnTable(t *testing.T) {
	home := t.TempDir()
	table(t, home, map[string]string{"joe": secret + ":7:8:Joe:/home/joe:/bin/sh", "bad": secret, "off": "*:7:8:::"})
	p, _ := clitest.Proc(t, "checkpassword", clitest.World{Home: home})
	from := system(p)
	from.users = func(string) (passwd.User, bool, error) {
		t.Error("the system's users count beside the table's")
		return passwd.User{}, false, nil
	}
	user, err := check(p, from, claim{"joe", "secret", ""})
	if want := (passwd.User{Name: "joe", UID: 7, GID: 8, Gecos: "Joe", Dir: "/home/joe", Shell: "/bin/sh"}); user != want || err != nil {
		t.Errorf("%+v, %v", user, err)
	}
	for login, want := range map[string]int{"off": 1, "root": 1, "bad": 111} {
		if _, err := check(p, from, claim{login, "secret", ""}); code(err) != want {
			t.Errorf("%s: %v", login, err)
		}
	}
}

// A challenge can be answered where the password itself is known.
func TestChallenge(t *testing.T) {
	home := t.TempDir()
	table(t, home, map[string]string{"joe": "{PLAIN}tanstaaftanstaaf:7:8:::", "nil": "{PLAIN}:7:8:::", "ann": secret + ":7:8:::"})
	p, _ := clitest.Proc(t, "checkpassword", clitest.World{Home: home})
	const challenge, cram = "<1896.697170952@postoffice.reston.mci.net>", "b913a602c7eda7a495b4e6e7334d3890" // RFC 2195 2
	apop := "d16ff9ac2a65d209022d7eb541ecf24d"
	for _, c := range []struct {
		claim claim
		code  int
	}{
		{claim{"joe", "tanstaaftanstaaf", ""}, 0}, {claim{"joe", "tanstaaftanstaaf", challenge}, 0},
		{claim{"joe", cram, challenge}, 0}, {claim{"joe", apop, challenge}, 0},
		{claim{"joe", cram, ""}, 1}, {claim{"joe", cram, challenge + "x"}, 1}, {claim{"joe", "", challenge}, 1},
		{claim{"joe", "{PLAIN}tanstaaftanstaaf", ""}, 1}, {claim{"nil", "", ""}, 1}, {claim{"nil", "", challenge}, 1},
		{claim{"ann", cram, challenge}, 1}, {claim{"ann", "secret", challenge}, 0},
	} {
		if _, err := check(p, system(p), c.claim); code(err) != c.code {
			t.Errorf("%+v: %v", c.claim, err)
		}
	}
}

// TestMain lets the test's program be checkpassword, as becoming a user and a
// program would be the end of the tests.
func TestMain(m *testing.M) {
	if home := os.Getenv("CHECKPASSWORD_TEST_HOME"); home != "" {
		os.Unsetenv("CHECKPASSWORD_TEST_HOME")
		p := &cmd.Proc{Name: "checkpassword", Args: os.Args[1:], Env: os.Environ(), Home: home, Stdin: os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr,
			FD: func(n int) *os.File { return os.NewFile(uintptr(n), "") }}
		os.Exit(p.End(Run(p)))
	}
	os.Exit(m.Run())
}

func TestProgram(t *testing.T) {
	home := t.TempDir()
	uid, gid := os.Getuid(), os.Getgid()
	if uid == 0 {
		uid, gid = 4321, 4322
	}
	line := func(dir string) string {
		return strings.Join([]string{secret, itoa(uid), itoa(gid), "", dir, "/bin/none"}, ":")
	}
	table(t, home, map[string]string{"joe": line("/"), "ann": line("/no/where"), "eve": secret + ":1:1::/:"})
	os.Chmod(home, 0o755)
	run := func(login string, argv ...string) (string, int) {
		t.Helper()
		c := exec.Command(os.Args[0], argv...)
		c.Env = []string{"CHECKPASSWORD_TEST_HOME=" + home, "PATH=" + os.Getenv("PATH"), "USER=x"}
		c.ExtraFiles = []*os.File{pipe(t, login+"\x00secret\x00\x00")}
		out, err := c.CombinedOutput()
		var exit *exec.ExitError
		if err != nil && !errors.As(err, &exit) {
			t.Fatal(err)
		}
		return string(out), c.ProcessState.ExitCode()
	}
	want := strings.Join([]string{itoa(uid), itoa(gid), "/ joe / /bin/none a b\n"}, " ")
	if out, n := run("joe", "sh", "-c", `echo $(id -u) $(id -g) $(pwd) $USER $HOME $SHELL $*; exit 5`, "sh", "a", "b"); out != want || n != 5 {
		t.Errorf("%q %d, want %q", out, n, want)
	}
	if os.Getuid() == 0 {
		if out, _ := run("joe", "id", "-G"); out != itoa(gid)+"\n" {
			t.Errorf("groups %q", out)
		}
	} else if _, n := run("eve", "true"); n != 1 {
		t.Errorf("another user: %d", n)
	}
	for _, c := range []struct {
		login, program string
		code           int
	}{{"joe", "no-such-program", 111}, {"ann", "true", 111}, {"nobody", "true", 1}} {
		if out, n := run(c.login, c.program); n != c.code || out != "" {
			t.Errorf("%s %s: %q %d", c.login, c.program, out, n)
		}
	}
}

func itoa(n int) string { return strconv.Itoa(n) }

// What comes on descriptor 3 is taken apart at its NULs or refused, and lets
// nobody in but who knows the password.
func FuzzRead(f *testing.F) {
	f.Add([]byte("joe\x00secret\x00x\x00"))
	f.Add([]byte("joe\x00secret\x00"))
	f.Add([]byte("joe\x00\x00\x00\x00"))
	f.Add([]byte("joe:x\x00{PLAIN}pass\x00<1@h>"))
	f.Fuzz(func(t *testing.T, text []byte) {
		if len(text) > 2*maxInput {
			return
		}
		said, err := read(pipe(t, string(text)))
		if want := bytes.Count(text, []byte{0}) < 2 || len(text) > maxInput; (err != nil) != want {
			t.Fatalf("%q: %v", text, err)
		}
		if err != nil {
			return
		}
		if !strings.HasPrefix(string(text), said.login+"\x00"+said.proof+"\x00"+said.challenge) {
			t.Fatalf("%q: %+v", text, said)
		}
		for _, password := range []string{"secret", ""} {
			if proves(said, password) && (password == "" || said.proof != password && said.challenge == "") {
				t.Fatalf("%q proves to know %q", text, password)
			}
		}
	})
}
