package systest

import (
	"bytes"
	"crypto/tls"
	"io/fs"
	"net"
	"net/smtp"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// snapshot is all below the home's services, as far as a person may change it.
func (v *services) snapshot() string {
	v.t.Helper()
	var all bytes.Buffer
	for _, top := range []string{"service", "control", "alias"} {
		err := filepath.WalkDir(v.home+"/"+top, func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() {
				return err
			}
			text, err := os.ReadFile(path)
			all.WriteString(path + "\n" + string(text) + "\n")
			return err
		})
		v.must(err)
	}
	return all.String()
}

// What is there stays as it is, and what is missing is named.
func TestServicesAgain(t *testing.T) {
	withServices(t, func(v *services) {
		if r := v.layOut(); r.code != 111 || !strings.Contains(r.out, "control/me is missing") || len(globbed(v.t, v.home+"/service")) > 0 {
			v.t.Errorf("%d %s", r.code, r.out)
		}
		v.layOut("--host", "test.example").succeeds()
		for _, name := range []string{"qmail-submission", "qmail-submissions", "qmail-pop3d", "qmail-qmqpd"} {
			if why, err := os.ReadFile(v.home + "/service/" + name + "/down"); err != nil || len(why) == 0 {
				v.t.Errorf("%s is not down, or without a reason: %v", name, err)
			}
		}
		v.verified()
		for name, text := range map[string]string{
			"service/qmail-smtpd/run": "#!/bin/sh\nexec sleep 1\n", "service/qmail-smtpd/rules": "10.:allow\n", "control/databytes": "7\n",
			"alias/.qmail-root": "&me@far.example\n",
		} {
			v.write(name, text)
		}
		v.must(os.Remove(v.home+"/control/timeoutsmtpd"), os.Remove(v.home+"/service/qmail-pop3d/down"))
		before := v.snapshot()
		v.layOut().succeeds()
		v.layOut("--host", "other.example").succeeds()
		if after := v.snapshot(); after != before {
			v.t.Errorf("was\n%s\nis\n%s", before, after)
		}
		v.must(os.RemoveAll(v.home + "/service/qmail-rcptd"))
		v.layOut().succeeds()
		if _, err := os.Stat(v.home + "/service/qmail-rcptd/log/run"); err != nil {
			v.t.Error(err)
		}
	})
}

// verified has systemd judge the units, where there is one.
func (v *services) verified() {
	v.t.Helper()
	path, err := exec.LookPath("systemd-analyze")
	if err != nil {
		return
	}
	args := []string{"verify", "--man=no"}
	if v.cred != nil || !v.rootHere() {
		args = append(args, "--user")
	}
	cmd := v.command("", append(args, globbed(v.t, v.home+"/boot/systemd/*")...)...)
	cmd.Path, cmd.Args[0] = path, path
	cmd.Env = append(cmd.Env, "XDG_RUNTIME_DIR="+v.peers, "HOME="+v.peers)
	if out, err := cmd.CombinedOutput(); err != nil || len(out) > 0 {
		v.t.Errorf("systemd-analyze: %v\n%s", err, out)
	}
}

// With a certificate and passwords, users send and fetch their mail.
func TestServicesForUsers(t *testing.T) {
	withServices(t, func(v *services) {
		v.annsPassword()
		if v.cred == nil && v.rootHere() {
			if !private() {
				v.t.Skip("the home's checkpassword is not to be set-uid")
			}
			v.setuidCheckpassword()
		}
		v.layOut("--host", "test.example").succeeds()
		v.must(os.Remove(v.home + "/service/qmail-qmqpd/down"))
		submission, submissions, pop3d := v.address("qmail-submission"), v.address("qmail-submissions"), v.address("qmail-pop3d")
		v.address("qmail-qmqpd")
		v.start("qmail-send", "qmail-submission", "qmail-submissions", "qmail-pop3d", "qmail-qmqpd")
		trusting := &tls.Config{InsecureSkipVerify: true, ServerName: "test.example"}
		login := smtp.PlainAuth("", "ann", "secret", "127.0.0.1")

		c := v.dial(submission)
		if ok, what := c.Extension("AUTH"); ok || c.Mail("ann@test.example") == nil {
			v.t.Errorf("without TLS: AUTH %s, or MAIL", what)
		}
		v.must(c.Reset(), c.StartTLS(trusting))
		if c.Mail("ann@test.example") == nil {
			v.t.Error("MAIL without AUTH")
		}
		if err := c.Auth(login); err != nil {
			v.t.Fatal(err)
		}
		v.must(submit(c, "joe@test.example", "by STARTTLS"), c.Quit())
		v.receives("joe", "Subject: by STARTTLS\n", "SMTPSA; ")

		conn, err := tls.Dial("tcp", submissions, trusting)
		v.must(err)
		c, err = smtp.NewClient(conn, "127.0.0.1")
		v.must(err)
		if err := c.Auth(smtp.PlainAuth("", "ann", "wrong", "127.0.0.1")); err == nil || !strings.HasPrefix(err.Error(), "535 ") {
			v.t.Errorf("a wrong password: %v", err)
		}
		c.Close()
		conn, err = tls.Dial("tcp", submissions, trusting)
		v.must(err)
		c, err = smtp.NewClient(conn, "127.0.0.1")
		v.must(err, c.Auth(login), submit(c, "ann@test.example", "within TLS"), c.Quit())
		v.receives("ann", "Subject: within TLS\n")

		v.fetch(pop3d, trusting, "Subject: within TLS")
		v.stop()
	})
}

// With a table of verifiers users log in as every client can, and nothing is set-uid.
func TestServicesByVerifiers(t *testing.T) {
	withServices(t, func(v *services) {
		cert, key := certificate(v.t)
		v.layOut("--host", "test.example").succeeds()
		v.control("servercert.pem", cert+key)
		v.must(os.RemoveAll(v.home + "/users/passwd.cdb"))
		if private() {
			v.must(os.Chmod(v.home+"/bin/checkpassword", 0o755))
		}
		v.feed("ann:secret\n", "qmail-scram").succeeds()
		if v.cred == nil && v.rootHere() {
			v.must(os.Chown(v.home+"/control/scram.cdb", lookup(v.t, "qmaild").uid, 0))
		}
		v.must(os.Remove(v.home + "/service/qmail-submission/down"))
		submission := v.address("qmail-submission")
		v.start("qmail-send", "qmail-submission")
		trusting := &tls.Config{InsecureSkipVerify: true, ServerName: "test.example"}
		for _, password := range []string{"wrong", "secret"} {
			c := v.dial(submission)
			v.must(c.StartTLS(trusting))
			err := c.Auth(smtp.PlainAuth("", "ann", password, "127.0.0.1"))
			if password == "wrong" {
				if err == nil || !strings.HasPrefix(err.Error(), "535 ") {
					v.t.Errorf("a wrong password: %v", err)
				}
				c.Close()
				continue
			}
			v.must(err, submit(c, "joe@test.example", "by verifiers"), c.Quit())
		}
		v.receives("joe", "Subject: by verifiers\n", "SMTPSA; ")
		v.stop()
	})
}

// setuidCheckpassword gives a copy of the home a checkpassword that qmaild can
// use, as qmail-services(7) says.
func (v *services) setuidCheckpassword() {
	v.t.Helper()
	path := v.home + "/bin/checkpassword"
	text, err := os.ReadFile(path)
	v.must(err, os.Remove(path), os.WriteFile(path, text, 0o700), os.Chown(path, 0, lookup(v.t, "qmaild").gid), os.Chmod(path, 0o710|fs.ModeSetuid))
}

// fetch looks for text in ann's messages, by POP3.
func (v *services) fetch(address string, config *tls.Config, text string) {
	v.t.Helper()
	conn, err := tls.Dial("tcp", address, config)
	v.must(err)
	defer conn.Close()
	_, err = conn.Write([]byte("USER ann\r\nPASS secret\r\nRETR 1\r\nQUIT\r\n"))
	v.must(err)
	var all bytes.Buffer
	if _, err := all.ReadFrom(conn); err != nil && !isClosed(err) {
		v.t.Error(err)
	}
	if !strings.Contains(all.String(), text) {
		v.t.Errorf("POP3 gave\n%s", all.String())
	}
}

func isClosed(err error) bool {
	_, is := err.(*net.OpError)
	return is
}
