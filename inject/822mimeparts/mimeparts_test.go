package main

import (
	"bytes"
	"encoding/base64"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"qmailkit/internal/clitest"
)

const mail = `From joe  today
Message-ID: <Ab/c$12345@x>
Content-Type: multipart/mixed;
 boundary="=_Outer-1"

preamble
--=_Outer-1

first

--=_Outer-1
Content-Type: multipart/alternative; boundary=in

--in
Content-Type: text/plain
Content-Transfer-Encoding: Quoted-Printable

caf=C3=a9 =  
more=2
--in-- 
between
--=_Outer-1
Content-Type: image/png; name="=?utf-8?q?=2E=2E/x=2Fp_1.png?="
Content-Transfer-Encoding: base64

aGVs
bG8=
--=_Outer-1
Content-Disposition: attachment; filename="..\\..\\-rf.txt"
Content-Transfer-Encoding: BASE64

a
--=_Outer-1--
epilogue
`

func files(t *testing.T, dir string) map[string]string {
	t.Helper()
	found := map[string]string{}
	list, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range list {
		found[e.Name()] = clitest.Read(t, filepath.Join(dir, e.Name()))
	}
	return found
}

func TestRun(t *testing.T) {
	dir := t.TempDir()
	r := clitest.Run(t, "822mimeparts", Run, clitest.World{Args: []string{"-vl"}, Input: mail, Dir: dir})
	want := clitest.Result{Stderr: "__outer_.ab_c_123:1 text/plain lines 9-10\n" +
		"in.ab_c_123:2 text/plain lines 18-19\n" +
		"822mimeparts: warning: not all could be decoded: in.ab_c_123:2\n" +
		"__outer_.ab_c_123:3 image/png lines 26-27 p 1.png\n" +
		"__outer_.ab_c_123:4 text/plain lines 32-32 -rf.txt\n" +
		"822mimeparts: warning: not all could be decoded: __outer_.ab_c_123:4\n"}
	if r != want {
		t.Errorf("%+v", r)
	}
	got := files(t, dir)
	for name, text := range map[string]string{
		"__outer_.ab_c_123:1": "first\n", "in.ab_c_123:2": "café more=2", "__outer_.ab_c_123:3": "hello", "__outer_.ab_c_123:4": "",
		"p_1.png": "hello", "rf.txt": "",
	} {
		if data, ok := got[name]; !ok || data != text {
			t.Errorf("%s: %q", name, data)
		}
		delete(got, name)
	}
	if len(got) > 0 {
		t.Errorf("also %q", got)
	}
	r = clitest.Run(t, "822mimeparts", Run, clitest.World{Input: mail, Dir: dir})
	if r != (clitest.Result{Code: 111, Stderr: "822mimeparts: fatal: unable to create __outer_.ab_c_123:1: file already exists\n"}) {
		t.Errorf("again: %+v", r)
	}
}

func TestPlain(t *testing.T) {
	for in, want := range map[string]string{
		"Subject: x\r\n\r\na\r\nb": "a\r\nb",
		"Subject: x\n\n":           "",
		"Subject: x":               "",
		"Content-Type: multipart/mixed\n\n--x\n\na\n--x--\n":  "--x\n\na\n--x--\n",
		"Content-Transfer-Encoding: base64\n\naGV sbG8\n":     "hello",
		"Content-Type: a;;b=c\n\nx\n":                         "x\n",
		"Content-Transfer-Encoding: quoted-printable\n\na=\n": "a",
	} {
		dir := t.TempDir()
		r := clitest.Run(t, "822mimeparts", Run, clitest.World{Input: in, Dir: dir})
		if got := files(t, dir); r.Code != 0 || len(got) != 1 || got["unknown.unknown:1"] != want {
			t.Errorf("%q: %+v %q", in, r, got)
		}
	}
	for arg, code := range map[string]int{"-h": 100, "-z": 100} {
		if r := clitest.Run(t, "822mimeparts", Run, clitest.World{Args: []string{arg}}); r.Code != code || r.Stderr != "822mimeparts: usage: "+synopsis+"\n" {
			t.Errorf("%s: %+v", arg, r)
		}
	}
	clitest.Unreadable(t, "822mimeparts", Run, clitest.World{})
}

func TestLimits(t *testing.T) {
	for what, in := range map[string]string{
		"parts": "Content-Type: multipart/mixed; boundary=b\n\n" + strings.Repeat("--b\n", maxParts+2),
		"depth": strings.Repeat("Content-Type: multipart/mixed; boundary=b\n\n--b\n", maxDepth+1),
	} {
		nothing := func(*part) error { return nil }
		w := walk{out: output{nothing, func([]byte) error { return nil }, nothing}}
		if err := w.run(strings.NewReader(in)); err != errMany {
			t.Errorf("%s: %v", what, err)
		}
	}
}

// FuzzWalk: each part begins and ends once, its lines are within the message,
// and what is written is no more than the message; names are plain.
func FuzzWalk(f *testing.F) {
	f.Add([]byte(mail), []byte("x\n.."))
	f.Add([]byte("Content-Type: multipart/x; boundary=a\n\n--a\n--a--\n--a\n"), []byte{0xff, 0})
	f.Fuzz(func(t *testing.T, in, body []byte) {
		open, size, begun := false, 0, 0
		w := walk{}
		w.out = output{
			func(p *part) error {
				if begun++; open || p.number != begun {
					t.Fatalf("part %d begins", p.number)
				}
				open = true
				for _, name := range []string{short(p.boundary), short(w.id), "x" + fileName(p.name)} {
					if name == "" || strings.ContainsAny(name, "/\x00 \n$`") {
						t.Fatalf("file name %q", name)
					}
				}
				return nil
			},
			func(b []byte) error { size += len(b); return nil },
			func(p *part) error {
				if !open || p.first > w.line+1 || p.last > w.line {
					t.Fatalf("part %d ends, %d to %d of %d", p.number, p.first, p.last, w.line)
				}
				open = false
				return nil
			},
		}
		if err := w.run(bytes.NewReader(in)); err == nil && (open || size > len(in)) {
			t.Fatalf("%d bytes of %d", size, len(in))
		}
		d := decoder{encoding: "base64"}
		out := d.line([]byte(base64.StdEncoding.EncodeToString(body)))
		if out = append(out, d.close(true)...); !bytes.Equal(out, body) || d.bad {
			t.Fatalf("%q is decoded to %q", body, out)
		}
	})
}
