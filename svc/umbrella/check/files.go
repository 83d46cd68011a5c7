package check

import (
	"bytes"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"qmailkit/internal/ids"
	"qmailkit/svc/umbrella/layout"
	"qmailkit/svc/umbrella/repair"
)

// reinstall is the command for a program that is not what it should be.
func (c *checker) reinstall() string { return "./build.sh --prefix " + quote(c.Proc.Home) + " install" }

// users finds out whether the machine has qmail's users and groups, and each
// one for itself.
func (c *checker) users() {
	if c.home.Single {
		return
	}
	const why = "the programs run under them, and will not start without"
	uids := map[uint32]string{}
	for _, name := range []string{ids.Alias, ids.Daemon, ids.Log, ids.Passwd, ids.Queue, ids.Remote, ids.Send} {
		c.report.Looked++
		uid, err := c.home.User(name)
		switch {
		case err != nil:
			c.noUser = true
			c.risk("user", name, "there is no such user", why, c.reinstall())
			continue
		case uid == 0:
			c.risk("user-root", name, "this user is root", "what takes mail from strangers would do it with all rights", "userdel "+name+"; "+c.reinstall())
		case uids[uid] != "":
			c.risk("user-twice", name, "it has the uid of "+uids[uid], "one part of the system can then write what the other trusts", "userdel "+name+"; "+c.reinstall())
		}
		uids[uid] = name
	}
	for _, name := range []string{ids.GroupQueue, ids.GroupNofiles} {
		c.report.Looked++
		if _, err := c.home.Group(name); err != nil {
			c.noUser = true
			c.risk("group", name, "there is no such group", why, "groupadd "+name)
		}
	}
}

// way looks at the folders above the home: programs run as other users must
// come through, and nobody must be able to put another home there.
func (c *checker) way() {
	for dir := filepath.Dir(c.Proc.Home); ; dir = filepath.Dir(dir) {
		fi, _, err := c.look(dir)
		switch {
		case err != nil:
			c.risk("way", dir, reason(err), "the home is below it", "ls -ld "+quote(dir))
		case !c.home.Single && fi.Mode().Perm()&0o001 == 0:
			c.risk("way-closed", dir, "not everybody may pass this folder", "programs that run as qmail's users do not reach the home", "chmod o+x "+quote(dir))
		case fi.Mode().Perm()&0o022 != 0 && fi.Mode()&fs.ModeSticky == 0:
			c.risk("way-open", dir, "others may rename what is in this folder", "they could put a home of their own in the place of this one", "chmod go-w "+quote(dir))
		}
		if dir == "/" || dir == "." {
			return
		}
	}
}

func (c *checker) folders() {
	for _, f := range layout.Folders() {
		path := c.path(f.Name)
		fi, st, err := c.look(path)
		make := fmt.Sprintf("mkdir -m %04o %s", f.Mode.Perm(), quote(path))
		if !c.home.Single {
			make += "; chown " + f.Owner + ":" + ids.GroupQueue + " " + quote(path)
		}
		switch {
		case missing(err):
			c.risk("folder-missing", path, "there is no such folder", "what belongs into it cannot be found", make)
			continue
		case err != nil:
			c.risk("folder", path, reason(err), "qmail needs this folder", "ls -ld "+quote(path))
			continue
		case !fi.IsDir():
			c.risk("folder-none", path, "this is no folder", "what belongs into it cannot be found", "mv "+quote(path)+" "+quote(path+".old")+"; "+make)
			continue
		}
		if uid, err := layout.UID(c.home, f.Owner); err == nil {
			c.owner(path, st, f.Owner, uid, "its owner decides what is in it")
		}
		c.folderMode(path, fi.Mode())
	}
}

func (c *checker) folderMode(path string, mode fs.FileMode) {
	if mode.Perm()&0o022 != 0 {
		c.risk("folder-open", path, fmt.Sprintf("others may write into it (mode %04o)", mode.Perm()), "they could change where mail goes, or who gets it", "chmod go-w "+quote(path))
	}
	if !c.home.Single && mode.Perm()&0o005 != 0o005 && path != c.path("bin") || mode.Perm()&0o001 == 0 && !c.home.Single {
		c.risk("folder-closed", path, fmt.Sprintf("not everybody may look into it (mode %04o)", mode.Perm()), "programs that run as qmail's users, or as the recipients, do not find what they need", "chmod go+rx "+quote(path))
	}
}

func (c *checker) programs() {
	for _, name := range layout.Needed() {
		path := c.path("bin", name)
		fi, st, err := c.look(path)
		switch {
		case missing(err):
			c.risk("program-missing", path, "there is no such program", "mail does not move without it", c.reinstall())
			continue
		case err != nil:
			c.risk("program", path, reason(err), "mail does not move without it", c.reinstall())
			continue
		case !fi.Mode().IsRegular() || fi.Size() == 0:
			c.risk("program-none", path, "this is no program", "mail does not move without it", c.reinstall())
			continue
		}
		owner, want := layout.Program(name, c.home.Single)
		uid, err := layout.UID(c.home, owner)
		if err == nil {
			c.owner(path, st, owner, uid, "its owner can put another in its place, and qmail-queue works with its owner's rights")
		}
		c.programMode(path, name, fi.Mode(), want)
		if !c.madeFor(path) {
			c.risk("program-foreign", path, "it was built for another home", "it works on that one's queue and control files, and mail goes astray", c.reinstall())
		}
	}
	c.strangers()
}

func (c *checker) programMode(path, name string, mode, want fs.FileMode) {
	chmod := func(bits string) string { return "chmod " + bits + " " + quote(path) }
	switch {
	case mode.Perm()&0o022 != 0:
		c.risk("program-open", path, fmt.Sprintf("others may write to it (mode %04o)", mode.Perm()), "they could put a program of their own in its place", chmod("go-w"))
	case mode.Perm()&want.Perm()&0o111 != want.Perm()&0o111:
		c.risk("program-closed", path, fmt.Sprintf("not everybody who has to may run it (mode %04o)", mode.Perm()), "mail waits, or cannot be sent", chmod("a+x"))
	case want&fs.ModeSetuid != 0 && mode&fs.ModeSetuid == 0:
		c.risk("program-setuid", path, "it is not set-uid", "users cannot put mail into the queue", chmod("4711"))
	case want&fs.ModeSetuid != 0 && c.NoSetuid != nil && c.NoSetuid(path):
		c.risk("program-nosuid", path, "its file system is mounted with nosuid", "users cannot put mail into the queue", "mount -o remount,suid "+quote(filepath.Dir(path)))
	}
}

// strangers are programs with powers that no program of a home but
// qmail-queue needs, and files that everybody may write to.
func (c *checker) strangers() {
	entries, err := os.ReadDir(c.path("bin"))
	if err != nil {
		return
	}
	needed := map[string]bool{}
	for _, name := range layout.Needed() {
		needed[name] = true
	}
	for _, e := range entries {
		path := c.path("bin", e.Name())
		fi, _, err := c.look(path)
		if err != nil || !fi.Mode().IsRegular() {
			continue
		}
		if fi.Mode()&(fs.ModeSetuid|fs.ModeSetgid) != 0 && e.Name() != "qmail-queue" {
			c.risk("program-powers", path, "it is set-uid or set-gid", "nothing of qmail but qmail-queue needs that; everybody can use its owner's rights", "chmod ug-s "+quote(path))
		}
		if !needed[e.Name()] && fi.Mode().Perm()&0o022 != 0 {
			c.risk("program-open", path, "others may write to it", "they could put a program of their own in its place", "chmod go-w "+quote(path))
		}
	}
}

// madeFor tells whether a program names this home: it is fixed when a program
// is built, C's too. What cannot be read is given the benefit of the doubt.
func (c *checker) madeFor(path string) bool {
	f, err := os.Open(path)
	if err != nil {
		return true
	}
	defer f.Close()
	const biggest = 256 << 20
	data, err := io.ReadAll(io.LimitReader(f, biggest))
	return err != nil || bytes.Contains(data, []byte(c.Proc.Home))
}

// queue looks at the queue as "qmail queue verify" does.
func (c *checker) queue() {
	root := c.path("queue")
	c.report.Looked++
	owners, err := repair.OwnersOf(c.home)
	if err != nil {
		return // users has told
	}
	plan, err := repair.Verify(root, repair.Options{Now: c.Proc.Now(), Owner: owners})
	if err != nil {
		c.risk("queue", root, reason(err), "mail is kept there", "qmail queue verify")
		return
	}
	c.report.Looked += plan.Whole
	counts := map[string]int{}
	for _, f := range plan.Findings {
		counts[f.What]++
	}
	for _, f := range plan.Findings {
		n := counts[f.What]
		if n == 0 {
			continue
		}
		counts[f.What] = 0
		what := f.What
		if n > 1 {
			what += fmt.Sprintf(", and %d more like it", n-1)
		}
		why := "messages may not be delivered, or mail cannot be queued"
		if f.Lost {
			why = "there is mail that will not be delivered"
		}
		c.risk("queue-damage", filepath.Join(root, f.Path), what, why, "qmail queue repair   # with qmail-send stopped")
	}
	if fi, _, err := c.look(root + "/lock/tcpto"); err == nil && fi.Size() > 1024 {
		c.note("queue-tcpto", root+"/lock/tcpto", "it is larger than qmail's", "another kind of qmail has written it, and what it says of hosts is read wrongly", "truncate -s 0 "+quote(root+"/lock/tcpto")+"; truncate -s 1024 "+quote(root+"/lock/tcpto"))
	}
	c.future(root)
}

// room is for what is coming.
func (c *checker) room() {
	if c.Space == nil {
		return
	}
	const enough, few = 64 << 20, 1000
	path := c.path("queue")
	c.report.Looked++
	free, total, files, err := c.Space(path)
	switch {
	case err != nil:
		return
	case free < enough || total > 0 && free < total/50:
		c.risk("room", path, fmt.Sprintf("its file system has %d MB left", free>>20), "mail is refused when there is no room for it", "df -h "+quote(path))
	case files >= 0 && files < few:
		c.risk("room-files", path, fmt.Sprintf("its file system can hold %d more files", files), "mail is refused when there is no room for it", "df -i "+quote(path))
	}
}
