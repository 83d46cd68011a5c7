package main

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	"qmailkit/internal/control"
	"qmailkit/internal/ids"
)

const upperCase = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"

// account prints the assignments for a line of passwd(5).
func (c *converter) account(line string) error {
	f := strings.SplitN(line, ":", 7)
	if len(f) < 7 || strings.Contains(line, "\x00") {
		return nil
	}
	user, uid, gid, dir := f[0], f[2], f[3], f[5]
	id := control.LeadingUint(uid)
	if id == 0 || (!c.upper && strings.ContainsAny(user, upperCase)) {
		return nil
	}
	if (c.include != nil && !c.include.Has(user)) || c.exclude.Has(user) {
		return nil
	}
	if ok, err := c.checkHome(dir, id); !ok || err != nil {
		return err
	}
	who := ":" + user + ":" + uid + ":" + gid + ":" + dir + ":"
	c.users[control.Fold(user)] = who
	if user == ids.Alias {
		c.print("+", who, c.dash, "::")
		c.alias = true
	}
	names, ok := c.mailnames.Get(user)
	if !ok {
		names = user
	}
	for _, name := range strings.Split(names, ":") {
		if name == "" {
			continue
		}
		c.print("=", name, who, "::")
		if c.breakChar != "" {
			c.print("+", name, c.breakChar, who, c.dash, "::")
		}
	}
	return nil
}

// subuser prints the assignments for a line of users/subusers: a name, the
// user who is in charge of it, and what the user's dot-qmail files for it are
// called.
func (c *converter) subuser(line string) error {
	f := strings.SplitN(line, ":", 4)
	if len(f) < 3 {
		return nil
	}
	who, ok := c.users.Get(f[1])
	if !ok {
		return c.fatal("unable to find " + f[1] + " user for subuser")
	}
	if len(f) < 4 {
		return nil
	}
	sub, pre := f[0], f[2]
	c.print("=", sub, who, c.dash, ":", pre, ":")
	if c.breakChar != "" {
		c.print("+", sub, c.breakChar, who, c.dash, ":", pre, "-:")
	}
	return nil
}

// print writes one assignment. A failure shows at the next flush.
func (c *converter) print(parts ...string) {
	for _, s := range parts {
		c.out.WriteString(s)
	}
	c.out.WriteString("\n")
}

// checkHome tells whether an account's home folder is as it should be.
func (c *converter) checkHome(dir string, uid uint64) (bool, error) {
	if c.homes == anyHome {
		return true, nil
	}
	fi, err := c.stat(dir)
	if errors.Is(err, fs.ErrNotExist) && c.homes == skipMissing {
		return false, nil
	}
	if err != nil {
		return false, c.fatal("unable to stat " + dir)
	}
	st, ok := fi.Sys().(*syscall.Stat_t)
	return ok && uint64(st.Uid) == uid, nil
}

// stat takes a relative folder as one below the qmail home.
func (c *converter) stat(dir string) (os.FileInfo, error) {
	if dir != "" && !filepath.IsAbs(dir) {
		dir = c.proc.Home + "/" + dir
	}
	return os.Stat(dir)
}
