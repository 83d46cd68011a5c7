package check

import (
	"fmt"
	"os"
	"path/filepath"

	"qmailkit/internal/ids"
	"qmailkit/internal/passwd"
	"qmailkit/local"
	"qmailkit/svc/umbrella/trace"
)

// aliases looks at the folder of alias, and at whether somebody reads what is
// sent to the postmaster.
func (c *checker) aliases() {
	dir := c.path("alias")
	uid, uerr := c.home.User(ids.Alias)
	if u, ok, err := passwd.Lookup(ids.Alias); !c.home.Single && err == nil && ok && u.Dir != dir {
		if _, table := os.Stat(c.path("users", "cdb")); table != nil {
			c.note("alias-home", u.Dir, "it is the folder of user alias, and not "+dir, "mail for addresses of nobody else is looked up there", "usermod -d "+quote(dir)+" alias")
		}
	}
	found, _ := filepath.Glob(dir + "/.qmail*")
	for _, path := range found {
		fi, st, err := c.look(path)
		switch {
		case err != nil:
			c.risk("alias-link", path, reason(err), "mail for this address waits until it is given up", "ls -l "+quote(path))
			continue
		case fi.IsDir():
			c.risk("alias-folder", path, "this is a folder", "mail for this address waits until it is given up", "rmdir "+quote(path))
			continue
		case fi.Mode().Perm()&0o002 != 0 || fi.Mode().Perm()&0o020 != 0 && !c.home.Single:
			c.risk("alias-open", path, fmt.Sprintf("others may write to it (mode %04o)", fi.Mode().Perm()), "qmail-local does not believe such a file, and mail waits", "chmod go-w "+quote(path))
		case uerr == nil && st.Uid != uid && fi.Mode().Perm()&0o004 == 0:
			c.risk("alias-closed", path, "user alias may not read it", "mail for this address waits until it is given up", "chmod a+r "+quote(path))
		}
		c.instructions(path)
	}
	c.postmaster()
}

// instructions looks at a dot-qmail file of alias.
func (c *checker) instructions(path string) {
	data, err := os.ReadFile(path)
	if err != nil || len(data) == 0 {
		return
	}
	list, err := local.Parse(string(data))
	if err != nil {
		c.risk("alias-blank", path, reason(err), "qmail-local refuses such a file, and mail waits", "sed -i 1d "+quote(path))
		return
	}
	for _, in := range list {
		name := in.Argument()
		if len(name) > 1 && name[0] == '.' {
			name = filepath.Join(filepath.Dir(path), name)
		}
		switch fi, err := os.Stat(name); {
		case in.Kind == local.Maildir && err != nil:
			c.risk("alias-maildir", path, "there is no Maildir "+name, "mail for this address waits until it is given up", c.path("bin", "maildirmake")+" "+quote(name)+"; chown -R alias "+quote(name))
		case in.Kind == local.Maildir && !maildir(name):
			c.risk("alias-maildir", path, name+" is no Maildir", "mail for this address waits until it is given up", c.path("bin", "maildirmake")+" "+quote(name)+"; chown -R alias "+quote(name))
		case in.Kind == local.Mbox && err == nil && fi.IsDir():
			c.risk("alias-mbox", path, name+" is a folder, and there is no slash at its end", "mail for this address waits until it is given up", "sed -i 's,"+in.Argument()+"$,&/,' "+quote(path))
		}
	}
}

func maildir(path string) bool {
	for _, sub := range []string{"new", "cur", "tmp"} {
		if fi, err := os.Stat(filepath.Join(path, sub)); err != nil || !fi.IsDir() {
			return false
		}
	}
	return true
}

// postmaster follows the addresses that must be read by somebody.
func (c *checker) postmaster() {
	if c.Trace == nil || c.me == "" {
		return
	}
	to, host := "postmaster", c.me
	if line, ok, err := c.dir.Line("doublebounceto"); err == nil && ok {
		to = line
	}
	if line, ok, err := c.dir.Line("doublebouncehost"); err == nil && ok {
		host = line
	}
	addresses := []string{"postmaster@" + c.me, "mailer-daemon@" + c.me}
	if to != "" && to != "postmaster" {
		addresses = append(addresses, to+"@"+host)
	}
	for _, address := range addresses {
		c.report.Looked++
		t, err := c.Trace(address)
		if err != nil {
			return // what cannot be read has been told
		}
		if bad := ends(t); bad != nil {
			mend := "qmail trace " + quote(address)
			if bad.Outcome == trace.Bounced && bad.Address == address {
				mend = "echo '&WHO@READS.IT' > " + quote(c.path("alias", ".qmail-"+address[:len(address)-len(c.me)-1]))
			}
			c.risk("postmaster", address, "mail for it "+verb(bad)+": "+bad.Report, "double bounces and complaints go there, and are lost", mend)
		}
	}
}

// ends returns where mail does not arrive.
func ends(t *trace.Trace) *trace.Trace {
	if t.Outcome == trace.Bounced || t.Outcome == trace.Waits {
		return t
	}
	for _, f := range t.Forwards {
		if bad := ends(f); bad != nil {
			return bad
		}
	}
	return nil
}

func verb(t *trace.Trace) string {
	if t.Outcome == trace.Waits {
		return "waits at " + t.Address
	}
	return "comes back from " + t.Address
}
