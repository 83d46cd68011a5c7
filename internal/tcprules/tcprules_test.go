package tcprules

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"qmailkit/internal/cdb"
)

// parse returns the records of rules, as address and data with '|' for NUL.
func parse(rules string) (records []string, err error) {
	err = Parse(strings.NewReader(rules), func(address, data []byte) error {
		records = append(records, string(address)+" "+strings.ReplaceAll(string(data), "\x00", "|"))
		return nil
	})
	return records, err
}

func TestParse(t *testing.T) {
	long := strings.Repeat("x", MaxLine)
	for _, c := range []struct {
		rules string
		want  []string
		err   string
	}{
		{"", nil, ""},
		{"# no:rule\n \t\n\n1.2.3.4:allow\n:deny", []string{"1.2.3.4 ", " D|"}, ""},
		{"1.:allow \t\n 2.:deny\t\n", []string{"1. ", " 2. D|"}, ""},
		{"1.:allow,A=\"b,c:=\",B=/x/,C=,y,,D=\"\"\n", []string{"1. +A=b,c:=|+B=x|+C=y|+D=|"}, ""},
		{"1.:deny,A=\"x\"\n", []string{"1. D|+A=x|"}, ""},
		{"10.2-3.:allow\n", []string{"10.2. ", "10.3. "}, ""},
		{"007-9:deny\n", []string{"7 D|", "8 D|", "9 D|"}, ""},
		{"1.254-99999999999999999999:allow\n", []string{"1.254 ", "1.255 "}, ""},
		{"1.2-2.3-4:allow\n", []string{"1.2.3-4 "}, ""},
		{"j-k@1.2.3.4-5:allow\n=a-b.example:deny\n", []string{"j-k@1.2.3.4-5 ", "=a-b.example D|"}, ""},
		{"1.:allow\n\nnocolon\n2.:deny\n", []string{"1. "}, "line 3, no colon: unable to parse this line: nocolon"},
		{"1.5-3:allow\n", nil, "line 1, range goes backwards: unable to parse this line: 1.5-3:allow"},
		{"1.300-400:allow\n", nil, "line 1, range goes backwards: unable to parse this line: 1.300-400:allow"},
		{"1.-5:allow\n", nil, "line 1, no number in the range: unable to parse this line: 1.-5:allow"},
		{"1.5-.:allow\n", nil, "line 1, no number in the range: unable to parse this line: 1.5-.:allow"},
		{"1.x-5:allow\n", nil, "line 1: unable to parse this line: 1.x-5:allow"},
		{"a-b:allow\n", nil, "line 1: unable to parse this line: a-b:allow"},
		{"::1:allow\n", nil, "line 1: unable to parse this line: ::1:allow"},
		{"1.:allowed\n", nil, "line 1: unable to parse this line: 1.:allowed"},
		{"1.:allow,\n", nil, "line 1: unable to parse this line: 1.:allow,"},
		{"1.:allow,A\n", nil, "line 1: unable to parse this line: 1.:allow,A"},
		{"1.:allow,A=\n", nil, "line 1: unable to parse this line: 1.:allow,A="},
		{"1.:allow,A=\"x\n", nil, "line 1: unable to parse this line: 1.:allow,A=\"x"},
		{"1.:allow,A=\"x\"y\n", nil, "line 1: unable to parse this line: 1.:allow,A=\"x\"y"},
		{"\n" + long + ":allow\n", nil, "line 2, too long: unable to parse this line: " + long[:80] + "..."},
	} {
		got, err := parse(c.rules)
		text := ""
		if err != nil {
			text = err.Error()
		}
		if !slices.Equal(got, c.want) || text != c.err {
			t.Errorf("%.60q: %q %.200q, not %q %.200q", c.rules, got, text, c.want, c.err)
		}
	}
}

type broken struct{}

func (broken) Read([]byte) (int, error) { return 0, syscall.EIO }

func TestParseEndsWithTheErrorOfOthers(t *testing.T) {
	rules := io.MultiReader(strings.NewReader("1.:allow\n2.:allow"), broken{})
	var got []string
	err := Parse(rules, func(address, _ []byte) error { got = append(got, string(address)); return nil })
	if !errors.Is(err, syscall.EIO) || fmt.Sprint(got) != "[1.]" {
		t.Errorf("%v %v: a rule that was not read to its end", got, err)
	}
	full := errors.New("full")
	if err := Parse(strings.NewReader("1-3:allow\n"), func(_, _ []byte) error { return full }); err != full {
		t.Errorf("%v", err)
	}
}

func TestAddresses(t *testing.T) {
	for _, c := range []struct {
		client Client
		want   string
	}{
		{Client{IP: "1.2.3.4"}, "1.2.3.4|1.2.3.|1.2.|1.|"},
		{Client{IP: "1.2.3.4", HasHost: true}, "1.2.3.4|=|1.2.3.|1.2.|1.|=|"},
		{Client{IP: "::1", Host: "a.b.c", HasHost: true}, "::1|=a.b.c|=.b.c|=.c|=|"},
		{Client{IP: "1.2", Info: "joe", HasInfo: true}, "joe@1.2|1.2|1.|"},
		{Client{IP: "1.2", Info: "", HasInfo: true, Host: "a..", HasHost: true}, "@1.2|@=a..|1.2|=a..|1.|=..|=.|=|"},
	} {
		got := strings.Join(slices.Collect(c.client.addresses()), "|")
		if got != c.want {
			t.Errorf("%+v: %s, not %s", c.client, got, c.want)
		}
	}
}

func TestDecode(t *testing.T) {
	for data, want := range map[string]string{
		"": "{a false []}", "D\x00": "{a true []}", "+A=1\x00+B=\x00": "{a false [A=1 B=]}",
		"+A=1\x00D\x00": "{a true []}", "junk\x00\x00+A\x00+B=2\x00": "{a false [B=2]}", "+A=1": "{a false []}", "D": "{a false []}",
	} {
		if got := fmt.Sprint(decode("a", []byte(data))); got != want {
			t.Errorf("%q: %s, not %s", data, got, want)
		}
	}
}

// database makes one of rules and opens it.
func database(t testing.TB, rules string) *DB {
	t.Helper()
	path := filepath.Join(t.TempDir(), "cdb")
	w, err := cdb.Create(path, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	if err := Parse(strings.NewReader(rules), w.Add); err != nil {
		t.Fatal(err)
	}
	if err := w.Finish(); err != nil {
		t.Fatal(err)
	}
	db, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return db
}

func TestLookup(t *testing.T) {
	db := database(t, "joe@127.0.0.1:allow,W=\"first\"\n127.:deny\n=.example:allow,W=\"suffix\"\n127.:allow\n")
	for _, c := range []struct {
		client Client
		found  bool
		want   string
	}{
		{Client{IP: "127.0.0.1", Info: "joe", HasInfo: true}, true, "{joe@127.0.0.1 false [W=first]}"},
		{Client{IP: "127.0.0.1", Host: "a.example", HasHost: true}, true, "{127. true []}"},
		{Client{IP: "192.0.2.1", Host: "a.example", HasHost: true}, true, "{=.example false [W=suffix]}"},
		{Client{IP: "192.0.2.1", Host: "a.example"}, false, "{ false []}"},
	} {
		rule, found, err := db.Lookup(c.client)
		if found != c.found || err != nil || fmt.Sprint(rule) != c.want {
			t.Errorf("%+v: %v %v %v", c.client, rule, found, err)
		}
	}
}

func TestNoDatabase(t *testing.T) {
	path := filepath.Join(t.TempDir(), "cdb")
	if _, err := Open(path); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("%v", err)
	}
	os.WriteFile(path, nil, 0o600)
	if _, err := Open(path); !errors.Is(err, syscall.EINVAL) {
		t.Errorf("%v", err)
	}
	os.WriteFile(path, []byte(strings.Repeat("hello\n", 20)), 0o600)
	db, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if _, _, err := db.Lookup(Client{IP: "1.2.3.4"}); err != ErrFormat {
		t.Errorf("%v", err)
	}
}

// What is read as rules can be looked up: each record that comes of a line
// holds the instructions of that line.
func FuzzParse(f *testing.F) {
	f.Add([]byte("127.:allow,RELAYCLIENT=\"\"\n1.2.3.4-6:deny\n"))
	f.Add([]byte("#\n1.5-3:allow\n=.a:deny,B=/c/"))
	f.Fuzz(func(t *testing.T, rules []byte) {
		records := 0
		err := Parse(bytes.NewReader(rules), func(address, data []byte) error {
			records++
			if bytes.Contains(address, []byte("\n")) || bytes.Contains(address, []byte(":")) {
				t.Errorf("address %q", address)
			}
			if deny := decode("", data).Deny; !deny && bytes.HasPrefix(data, []byte("D")) {
				t.Errorf("%q does not deny", data)
			}
			return nil
		})
		if lines := bytes.Count(rules, []byte("\n")) + 1; records > lines*(maxNumber+1) {
			t.Errorf("%d records of %d lines", records, lines)
		}
		var line *LineError
		if err != nil && !errors.As(err, &line) {
			t.Errorf("%v", err)
		}
	})
}

// Whatever a database holds and a client is called, looking up ends with a
// rule for one of the client's addresses, whose variables can be set.
func FuzzLookup(f *testing.F) {
	good, err := os.ReadFile(database(f, "1.:allow,A=\"b\"\nj@=h:deny\n:allow\n").file.Name())
	if err != nil {
		f.Fatal(err)
	}
	f.Add(good, "1.2.3.4", "h", "j")
	f.Add(good[:len(good)-3], "", "", "")
	f.Add([]byte("hello"), "1.", "a.b", "")
	f.Fuzz(func(t *testing.T, file []byte, ip, host, info string) {
		c := Client{ip, host, true, info, true}
		rule, found, err := lookup(cdb.NewReader(bytes.NewReader(file), int64(len(file))), c)
		if err != nil || !found {
			return
		}
		if !slices.Contains(slices.Collect(c.addresses()), rule.Address) {
			t.Errorf("%q is no address of %+v", rule.Address, c)
		}
		for _, e := range rule.Env {
			if !strings.Contains(e, "=") || strings.Contains(e, "\x00") {
				t.Errorf("variable %q", e)
			}
		}
	})
}
