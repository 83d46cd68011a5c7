package trace

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"time"

	"qmailkit/internal/cdb"
	"qmailkit/internal/cmd"
	"qmailkit/internal/dotqmail"
	"qmailkit/internal/ids"
	"qmailkit/internal/sys"
	"qmailkit/internal/users"
)

// patience is how long a program may take to answer.
const patience = time.Minute

// who finds the user in charge of a local part as qmail-lspawn does: in
// users/cdb, or by qmail-getpw. problem is why mail waits instead.
func (w *walk) who(box string) (a users.Assignment, source, problem string) {
	answer, source, problem := w.answer(box)
	if problem != "" {
		return a, "", problem
	}
	a, err := users.ParseAssignment(answer)
	if err != nil {
		return a, "", source + " says nothing that makes sense"
	}
	if source == "users/cdb" {
		source = w.assignment(box, a)
	}
	return a, source, ""
}

func (w *walk) answer(box string) (answer []byte, source, problem string) {
	table, err := cdb.Open(w.Proc.InHome("users", "cdb"))
	if err == nil {
		defer table.Close()
		answer, found, err := users.Find(table, box)
		if err != nil {
			return nil, "", "users/cdb cannot be read: " + err.Error()
		}
		if found {
			return answer, "users/cdb", ""
		}
	} else if !errors.Is(err, fs.ErrNotExist) {
		return nil, "", "users/cdb cannot be read: " + err.Error()
	}
	home := ids.Of(w.Proc.Home)
	uid, err := home.User(ids.Passwd)
	if err != nil {
		return nil, "", err.Error()
	}
	gid, err := home.Group(ids.GroupNofiles)
	if err != nil {
		return nil, "", err.Error()
	}
	out, code, err := w.run(credential(home, uid, gid), "qmail-getpw", box)
	switch {
	case err != nil:
		return nil, "", "qmail-getpw cannot be run: " + err.Error()
	case code == users.CodeNoAlias:
		return nil, "", "there is no user alias"
	case code != 0:
		return nil, "", fmt.Sprintf("qmail-getpw ends with exit code %d", code)
	}
	return out, "qmail-getpw", ""
}

// credential is nil where there is no other user to become.
func credential(home *ids.Home, uid, gid uint32) *syscall.Credential {
	if os.Geteuid() != 0 || home.Single && int(uid) == os.Getuid() {
		return nil
	}
	return sys.Credential(uid, gid)
}

// run runs a program of the home and returns what it prints and its exit code.
func (w *walk) run(as *syscall.Credential, name string, args ...string) (out []byte, code int, err error) {
	c := exec.Command(w.Proc.InHome("bin", name), args...)
	c.Args[0] = name
	c.Dir, c.Env = w.Proc.Home, w.Proc.Env
	c.SysProcAttr = &syscall.SysProcAttr{Credential: as}
	var text bytes.Buffer
	c.Stdout, c.Stderr = &text, &text
	if err := c.Start(); err != nil {
		return nil, 0, err
	}
	timer := time.AfterFunc(patience, func() { c.Process.Kill() })
	err = c.Wait()
	timer.Stop()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		return nil, 0, err
	}
	return text.Bytes(), c.ProcessState.ExitCode(), nil
}

// instructions has the user's own qmail-local say what it would do: it alone
// sees the files as it will see them then.
func (w *walk) instructions(t *Trace, a users.Assignment, box, host string) {
	home := ids.Of(w.Proc.Home)
	if os.Geteuid() != 0 && uint32(os.Geteuid()) != a.UID {
		t.Outcome, t.Report = Unknown, "only root and the user may look at the user's files"
		return
	}
	t.File = file(a)
	out, code, err := w.run(credential(home, a.UID, a.GID), "qmail-local", "-n", "--", a.User, a.Home, box, a.Dash, a.Ext, host, w.Sender, w.Default)
	if err != nil {
		t.Outcome, t.Report = Waits, "qmail-local cannot be run: "+err.Error()
		return
	}
	var rest []string
	for _, line := range strings.Split(strings.TrimSuffix(string(out), "\n"), "\n") {
		kind, _, _ := strings.Cut(line, " ")
		switch kind {
		case "mbox", "maildir", "program", "forward":
			t.Instructions = append(t.Instructions, line)
		case "did", "qp":
		default:
			if line != "" {
				rest = append(rest, line)
			}
		}
	}
	t.Report = strings.Join(rest, "\n")
	switch code {
	case 0:
		t.Outcome = Delivered
		if t.Report != "" {
			t.Outcome = Waits // the home folder is sticky
		}
	case cmd.ExitTemporary:
		t.Outcome = Waits
	default:
		t.Outcome = Bounced
	}
	if t.File == "" && t.Outcome == Delivered {
		t.Steps = append(t.Steps, Step{"qmail-start", "there is no dot-qmail file: the default instructions"})
	}
}

// file returns the dot-qmail file that counts, "" for none.
func file(a users.Assignment) string {
	for name := range dotqmail.Names(a.Dash, a.Ext) {
		if fi, err := os.Stat(a.Home + "/" + name.File); err == nil && fi.Mode().IsRegular() {
			return a.Home + "/" + name.File
		}
	}
	return ""
}
